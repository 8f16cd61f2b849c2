"""Choice of an encoder's options and of the pixel format of a coloured copy."""

from __future__ import annotations

from collections.abc import Mapping

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.frames import VideoFormat
from cartoonize.video.codecs import Codec, Encoding
from cartoonize.video.planes import is_rgb


def encoder_options(
    codec: Codec, encoding: Encoding, extra: Mapping[str, str], profile: str
) -> dict[str, str]:
    """Return the options of an encoder.

    Parameters
    ----------
    codec : Codec
        Row of the table of codecs.
    encoding : Encoding
        Names and quality that the user chose.
    extra : mapping of str to str
        Options for data that rides in the picture stream. Parameters of a library are added to those that the
        codec has.
    profile : str
        Profile; "" for codecs without one.

    Raises
    ------
    UsageError
        If the quality does not fit the codec.
    """
    options = dict(codec.options)
    for name, value in extra.items():
        options[name] = f"{options[name]}:{value}" if name in options else value
    if profile:
        options["profile"] = codec.profiles[profile].name
    name, crf = encoding.codec, encoding.crf
    if codec.crf is None:
        if crf is not None:
            what = f"is set by --profile ({', '.join(codec.profiles)})" if codec.profiles else "is lossless"
            raise UsageError(f"{name} has no crf: its quality {what}", "Omit crf, or use h264.")
        return options
    if crf is not None and not 0 <= crf <= codec.max_crf:
        raise UsageError(
            f"crf of {name} must be 0 to {codec.max_crf}, got {crf}",
            f"Use a value from 0 (best) to {codec.max_crf}.",
        )
    quality = codec.crf if crf is None else crf
    if codec.qmax_above_crf is not None:
        options["qmax"] = str(max(0, quality + codec.qmax_above_crf))
    return options | {"crf": str(quality)}


def choose_profile(format: VideoFormat, codec: Codec, encoding: Encoding, *, alpha: bool = False) -> str:
    """Return the requested profile, or the best one for the chroma of the source; "" without profiles.

    Parameters
    ----------
    format : VideoFormat
        Format of the source.
    codec : Codec
        Row of the table of codecs.
    encoding : Encoding
        Names that the user chose.
    alpha : bool
        True if there is an opacity to store.

    Raises
    ------
    UsageError
        If the codec has no such profile.
    """
    if not codec.profiles:
        if encoding.profile is not None:
            raise UsageError(
                f"{encoding.codec} has no profiles, got {encoding.profile}",
                "Omit --profile, or use prores or dnxhr.",
            )
        return ""
    if encoding.profile is not None:
        if encoding.profile not in codec.profiles:
            raise UnknownNameError(f"profile of {encoding.codec}", encoding.profile, codec.profiles)
        return encoding.profile
    wanted = encoding.pix_fmt or _sampling(format)
    full = [name for name, profile in codec.profiles.items() if "444" in profile.pix_fmt]
    return (
        full[0]
        if "444" in wanted or (alpha and codec.alpha_pix_fmts)
        else next(n for n, p in codec.profiles.items() if p.is_default)
    )


def choose_pix_fmt(format: VideoFormat, codec: Codec, encoding: Encoding, profile: str) -> str:
    """Return the requested pixel format, or the one of the codec that is nearest to the source's.

    Raises
    ------
    UsageError
        If the codec cannot hold the size, or does not know the format.
    """
    name, odd = encoding.codec, bool(format.height % 2 or format.width % 2)
    if profile:
        stored = codec.profiles[profile].pix_fmt
        if encoding.pix_fmt is not None and encoding.pix_fmt not in (stored, stored.removesuffix("le")):
            raise UsageError(
                f"{name} with profile {profile} stores {stored}, not {encoding.pix_fmt}",
                "Omit --pix-fmt, or choose another profile.",
            )
        if format.width % 2 and "422" in stored:
            raise UsageError(f"{stored} needs an even width, got {format.width}", "Use a profile with 4:4:4.")
        return stored
    if encoding.pix_fmt is not None:
        return _checked_pix_fmt(encoding.pix_fmt, format, codec, name, odd)
    sampling = _sampling(format)
    suffixes = _depth_suffixes(format.bit_depth)
    found = next((n for n in (sampling + suffix for suffix in suffixes) if n in codec.pix_fmts), None)
    if found is None and odd:
        size = f"{format.width}x{format.height}"
        raise UsageError(f"{name} needs an even size, got {size}", "Use h264, h265 or ffv1.")
    return found or next(n for n in ("yuv420p" + suffix for suffix in suffixes) if n in codec.pix_fmts)


def with_alpha(pix_fmt: str, codec: Codec) -> str | None:
    """Return the pixel format of a codec with the same planes and an opacity, or None if it has none."""
    name = pix_fmt.replace("yuv", "yuva")
    return name if name in codec.alpha_pix_fmts else None


def _sampling(format: VideoFormat) -> str:
    odd = format.height % 2 or format.width % 2
    if odd or is_rgb(format.pix_fmt) or "444" in format.pix_fmt:
        return "yuv444p"
    if "422" in format.pix_fmt or (format.field_order != "progressive" and format.height % 4):
        return "yuv422p"
    return "yuv420p"


def _checked_pix_fmt(requested: str, format: VideoFormat, codec: Codec, codec_name: str, odd: bool) -> str:
    """Return the full name of a requested pixel format, or raise `UsageError`."""
    name = next((n for n in (requested, f"{requested}le") if n in codec.pix_fmts), None)
    if name is None:
        raise UnknownNameError(f"pixel format for {codec_name}", requested, codec.pix_fmts)
    if odd and "444" not in name and codec_name != "ffv1":
        raise UsageError(
            f"{name} needs an even size, got {format.width}x{format.height}", "Use yuv444p or ffv1."
        )
    return name


def _depth_suffixes(bit_depth: int) -> list[str]:
    """Return suffixes of pixel formats: depths that hold all bits, ascending, then the others, descending."""
    sufficient = [bits for bits in (8, 10, 12, 16) if bits >= bit_depth]
    insufficient = [bits for bits in (12, 10, 8) if bits < bit_depth]
    return ["" if bits == 8 else f"{bits}le" for bits in sufficient + insufficient]
