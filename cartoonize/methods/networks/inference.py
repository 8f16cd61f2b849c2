"""Networks prepared for inference: batch norms folded, optionally of lower precision and compiled."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cartoonize.devices import one_thread
from cartoonize.errors import CartoonizeError
from cartoonize.methods.networks.inputs import NETWORK_SIZE


def for_inference(module: nn.Module, dtype: torch.dtype | None = None) -> nn.Module:
    """Prepare a trained network for inference, in place: evaluation mode, batch norm folded, channels-last.

    A batch norm directly after a convolution, as in the residual network, becomes part of its weights. The
    plain network normalises after the ReLU, and the next layer pads with zeros. Folding that would change the
    result at the picture's border, and would save only half a percent of the time.

    Parameters
    ----------
    module : nn.Module
        A network of convolutions, on the device that it runs on.
    dtype : torch.dtype, optional
        Convert the weights to this type, except those of batch norms. Inputs have to be of it, too.

    Returns
    -------
    nn.Module
        The same object.
    """
    module.eval().requires_grad_(False)
    for part in module.modules():
        if isinstance(part, nn.Sequential):
            _fold_batch_norms(part)
    if dtype is not None:
        for part in module.modules():
            if not isinstance(part, nn.BatchNorm2d):
                for parameter in part.parameters(recurse=False):
                    parameter.data = parameter.data.to(dtype)
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def compile_network(module: nn.Module, side: int = NETWORK_SIZE) -> nn.Module:
    """Compile a prepared network by torch.compile, once, for any number of frames.

    On a GPU, compilation fuses the operations between the convolutions. On a CPU the convolutions take 98% of
    the time, and there is little to gain.

    Parameters
    ----------
    module : nn.Module
    side : int
        Side of its square input.

    Raises
    ------
    CartoonizeError
        If compilation fails, for example because there is no C++ compiler.
    """
    compiled: nn.Module = torch.compile(module, dynamic=None)  # type: ignore[assignment]
    with one_thread():  # as in use: torch compiles anew for other numbers of threads
        _try(compiled, next(module.parameters()), side)
    return compiled


def compile_in_place(module: nn.Module, side: int = NETWORK_SIZE) -> None:
    """Compile a network for training by torch.compile.

    Parameters
    ----------
    module : nn.Module
        Keeps its class, its methods and the names of its tensors.
    side : int
        Side of its square input.

    Raises
    ------
    CartoonizeError
        If compilation fails.
    """
    module.compile(dynamic=None)
    is_training = module.training
    _try(module.eval(), next(module.parameters()), side)  # in training, batch norms would learn from it
    module.train(is_training)


def _try(compiled: nn.Module, like: torch.Tensor, side: int) -> None:
    """Run a compiled network on black frames of the type and device of a parameter."""
    for n_frames in (1, 2):  # torch compiles batches of one frame separately
        frames = torch.zeros(n_frames, 1, side, side, dtype=like.dtype, device=like.device)
        try:
            with torch.inference_mode():
                compiled(frames.contiguous(memory_format=torch.channels_last))
        except Exception as error:  # compilers and drivers raise errors of many types
            first_line = next(iter(str(error).splitlines()), type(error).__name__)
            raise CartoonizeError(
                f"torch.compile does not work here: {first_line}",
                "It needs a C++ compiler, and Triton on a GPU. Leave out --compile.",
            ) from error


def _fold_batch_norms(layers: nn.Sequential) -> None:
    for number in range(len(layers) - 1):
        convolution, norm = layers[number], layers[number + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            layers[number] = fuse_conv_bn_eval(convolution, norm)
            layers[number + 1] = nn.Identity()
