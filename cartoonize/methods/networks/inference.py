"""Networks as they are used: nothing is learned any more, so what only training needs is folded away."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cartoonize.devices import one_thread
from cartoonize.errors import CartoonizeError
from cartoonize.methods.networks.inputs import NETWORK_SIZE


def for_inference(module: nn.Module, *, bfloat16: bool = False) -> nn.Module:
    """Prepare a trained network for use, in place: evaluation mode, batch norm folded, channels-last.

    A batch norm that follows a convolution at once, as in the residual network, becomes part of its weights.
    The plain network normalises after the ReLU, before the next layer pads with zeros: that cannot be folded
    without an error along the picture's border, and costs half a percent of its time.

    Parameters
    ----------
    module : nn.Module
        Of convolutions, on the device that it is going to run on.
    bfloat16 : bool
        Keep the weights in bfloat16, but for those of batch norms; inputs have to be bfloat16 then.

    Returns
    -------
    nn.Module
        The same object.
    """
    module.eval().requires_grad_(False)
    for part in module.modules():
        if isinstance(part, nn.Sequential):
            _fold_batch_norms(part)
    if bfloat16:
        for part in module.modules():
            if not isinstance(part, nn.BatchNorm2d):
                for parameter in part.parameters(recurse=False):
                    parameter.data = parameter.data.to(torch.bfloat16)
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def compile_network(module: nn.Module, side: int = NETWORK_SIZE) -> nn.Module:
    """Let torch.compile make machine code of a prepared network, once, for any number of frames.

    On a GPU it fuses what lies between the convolutions; on a CPU, where those take 98% of the time, little
    is gained.

    Parameters
    ----------
    module : nn.Module
    side : int
        Of its input.

    Raises
    ------
    CartoonizeError
        If this machine has no compiler for it.
    """
    compiled: nn.Module = torch.compile(module, dynamic=None)  # type: ignore[assignment]
    parameter = next(module.parameters())
    for n_frames in (1, 2):  # torch compiles one frame for itself; here, where an error is easily explained
        frames = torch.zeros(n_frames, 1, side, side, dtype=parameter.dtype)
        frames = frames.to(parameter.device).contiguous(memory_format=torch.channels_last)
        try:
            with torch.inference_mode(), one_thread():  # in which it is used: for others it is compiled anew
                compiled(frames)
        except Exception as error:  # whatever compilers and drivers have to say
            first_line = next(iter(str(error).splitlines()), type(error).__name__)
            raise CartoonizeError(
                f"torch.compile does not work here: {first_line}",
                "It needs a C++ compiler, on a GPU Triton; everything works without --compile.",
            ) from error
    return compiled


def _fold_batch_norms(layers: nn.Sequential) -> None:
    for number in range(len(layers) - 1):
        convolution, norm = layers[number], layers[number + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            layers[number] = fuse_conv_bn_eval(convolution, norm)
            layers[number + 1] = nn.Identity()
