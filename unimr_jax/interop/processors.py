"""Image processors of transformers as settings of ours, and back.

A checkpoint's `preprocessor_config.json` says how its model saw pictures in training; where
transformers 5 saved the whole processor, an entry of `processor_config.json` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unimr_jax.config import Data, ImageTower
from unimr_jax.data.fits import INTERPOLATIONS
from unimr_jax.errors import UserError
from unimr_jax.whole import read_json

FILE = "preprocessor_config.json"
WHOLE_FILE, ENTRY = "processor_config.json", "image_processor"

_CLIP = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
_HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
_EDGE = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
_SQUARE = {"size": {"height": 224, "width": 224}}

# What each type does where its file leaves a key out; all of them resize, rescale and normalise.
PROCESSORS: dict[str, dict[str, Any]] = {
    "CLIPImageProcessor": {"resample": 3, "do_center_crop": True, **_EDGE, **_CLIP},
    "BitImageProcessor": {"resample": 3, "do_center_crop": True, **_EDGE, **_CLIP},  # DINOv2's
    "SiglipImageProcessor": {"resample": 3, **_SQUARE, **_HALVES},  # and SigLIP 2's
    "Siglip2ImageProcessor": {  # SigLIP 2 NaFlex's
        "resample": 2,
        "patch_size": 16,
        "max_num_patches": 256,
        **_HALVES,
    },
    "ViTImageProcessor": {"resample": 2, "default_to_square": True, **_SQUARE, **_HALVES},
    "DINOv3ViTImageProcessor": {"resample": 2, **_SQUARE, **_IMAGENET},
}
_ALWAYS = {
    "do_resize": True,
    "do_center_crop": False,
    "default_to_square": False,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
}
# They change no pixel. As for do_convert_rgb: our pictures are RGB from the start.
_OF_NO_PIXEL = {
    "image_processor_type",
    "feature_extractor_type",
    "processor_class",
    "auto_map",
    "_valid_processor_keys",
    "do_convert_rgb",
    "data_format",
    "input_data_format",
    "return_tensors",
    "device",
    "disable_grouping",
    "image_seq_length",
    "model_input_names",
}


def settings_in(directory: Path) -> dict[str, dict[str, Any]] | None:
    """What the image processor of a checkpoint asks for; None where the checkpoint has none.

    Raises UserError as `settings` does.
    """
    whole, file = directory / WHOLE_FILE, directory / FILE
    if whole.exists() and (entry := _object(read_json(whole), whole).get(ENTRY)):
        return settings(_object(entry, whole), whole)  # transformers looks there first
    return settings(_object(read_json(file), file), file) if file.exists() else None


def _object(value: Any, file: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UserError(
            f"{file}: expected an image processor's settings by name, found {value!r}; "
            "copy or download it again"
        )
    return value


def settings(processor: Mapping[str, Any], file: str | Path = FILE) -> dict[str, dict[str, Any]]:
    """What an image processor's config asks for, as keys of `config.data` and of the tower.

    Args:
      processor: what `preprocessor_config.json` holds, or the entry of the other file.
      file: where it lies, for messages.

    Returns:
      {"data": …, "image": …}: the keys of `config.Data` and `config.ImageTower` to set. Of NaFlex,
      "image" has no size: the model's own config says how many positions it has.

    Raises:
      UserError: a processor that we have no settings for.
    """
    kind = _kind(processor, file)
    given = _ALWAYS | PROCESSORS[kind] | {k: v for k, v in processor.items() if v is not None}
    _check(given, kind, file)
    shape = _patches(given) if kind == "Siglip2ImageProcessor" else _square(given, file)
    interpolation = _interpolation(given["resample"], file)
    return {
        "data": {**shape["data"], "interpolation": interpolation, "reduced_jpeg": False},
        "image": {**shape["image"], **_scale(given, file)},
    }


def _kind(processor: Mapping[str, Any], file: str | Path) -> str:
    """The type's name; "Fast" and "FeatureExtractor" are older spellings of the same."""
    name = processor.get("image_processor_type") or processor.get("feature_extractor_type")
    kind = str(name).removesuffix("Fast").replace("FeatureExtractor", "ImageProcessor")
    if kind not in PROCESSORS:
        raise _error(file, "image_processor_type", name, f"known are {', '.join(PROCESSORS)}")
    return kind


def _check(given: Mapping[str, Any], kind: str, file: str | Path) -> None:
    """Stops at a key that would change pixels and that is not read here."""
    read = {*_ALWAYS, *PROCESSORS[kind], "crop_size", *_OF_NO_PIXEL}
    for key in given.keys() - read:
        if given[key]:
            raise _error(file, key, given[key], f"no setting of ours does that to a {kind}'s")
    if not given["do_resize"]:
        raise _error(file, "do_resize", False, "pictures have to become of one size; set it")


def _patches(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        "data": {"fit": "naflex", "resize": 0, "max_patches": given["max_num_patches"]},
        "image": {"patch": given["patch_size"]},
    }


def _square(given: Mapping[str, Any], file: str | Path) -> dict[str, dict[str, Any]]:
    size = given["size"]
    if isinstance(size, int) and not given["default_to_square"]:
        size = {"shortest_edge": size}
    if not given["do_center_crop"]:
        return _of("stretch", _side(size, file, "size"))
    crop = _side(given.get("crop_size"), file, "crop_size")
    if isinstance(size, Mapping) and size.keys() == {"shortest_edge"}:
        if size["shortest_edge"] < crop:
            raise _error(file, "crop_size", crop, f"more than size={size} has; raise the latter")
        return _of("crop", crop, resize=size["shortest_edge"])
    if _side(size, file, "size") != crop:
        raise _error(file, "crop_size", crop, f"cut out of size={size}; make them equal")
    return _of("stretch", crop)


def _of(fit: str, size: int, resize: int = 0) -> dict[str, dict[str, Any]]:
    return {"data": {"fit": fit, "resize": resize, "max_patches": 0}, "image": {"size": size}}


def _side(size: Any, file: str | Path, key: str) -> int:
    """Of the square that a size is."""
    sides = {size} if isinstance(size, int) else {}
    if isinstance(size, Mapping) and size.keys() == {"height", "width"}:
        sides = set(size.values())
    if len(sides) != 1:
        raise _error(file, key, size, "pictures become squares; give one height and width")
    return sides.pop()


def _interpolation(resample: int, file: str | Path) -> str:
    names = {int(method): name for name, method in INTERPOLATIONS.items()}
    if resample not in names:
        raise _error(file, "resample", resample, f"known are {names}")
    return names[resample]


def _scale(given: Mapping[str, Any], file: str | Path) -> dict[str, tuple[float, ...]]:
    """Mean and deviation of colours between 0 and 1, whatever they are rescaled to."""
    highest = round(255 * given["rescale_factor"], 9) if given["do_rescale"] else 255.0
    mean, std = (_channels(given[key], file, key) for key in ("image_mean", "image_std"))
    if not given["do_normalize"]:
        mean, std = (0.0,) * 3, (1.0,) * 3
    return {
        "mean": tuple(x / highest for x in mean),
        "deviation": tuple(x / highest for x in std),
    }


def _channels(value: Any, file: str | Path, key: str) -> tuple[float, ...]:
    values = [value] * 3 if isinstance(value, int | float) else value
    if len(values) != 3:
        raise _error(file, key, value, "the tower reads RGB; give three numbers")
    return tuple(map(float, values))


def _error(file: str | Path, key: str, found: Any, mend: str) -> UserError:
    return UserError(f"{file}: {key}={found!r} cannot be had here: {mend}")


# ---- and back ----------------------------------------------------------------------------------


def processor_config(image: ImageTower, data: Data) -> dict[str, Any]:
    """What `preprocessor_config.json` has to hold, so that transformers' `AutoImageProcessor`
    makes of a picture what training made; `departures` says how far it does.

    Raises:
      UserError: config.data.fit="pad", which no processor of transformers does.
    """
    if data.fit not in LAYOUTS:
        raise UserError(
            f"config.data.fit={data.fit!r} has no counterpart among the image processors of "
            f"transformers; only models trained with {', '.join(LAYOUTS)} can be exported to it"
        )
    return {
        "do_convert_rgb": True,
        "do_resize": True,
        "resample": int(INTERPOLATIONS[data.interpolation]),
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(image.mean),
        "image_std": list(image.deviation),
        **LAYOUTS[data.fit](image, data),
    }


def _clip(image: ImageTower, data: Data) -> dict[str, Any]:
    return {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": data.resize or image.size},
        "do_center_crop": True,
        "crop_size": {"height": image.size, "width": image.size},
    }


def _siglip(image: ImageTower, data: Data) -> dict[str, Any]:
    size = {"height": image.size, "width": image.size}
    return {"image_processor_type": "SiglipImageProcessor", "size": size}


def _siglip2(image: ImageTower, data: Data) -> dict[str, Any]:
    return {
        "image_processor_type": "Siglip2ImageProcessor",
        "patch_size": image.patch,
        "max_num_patches": data.max_patches,
    }


LAYOUTS = {"crop": _clip, "stretch": _siglip, "naflex": _siglip2}


def departures(data: Data) -> list[str]:
    """Where `processor_config` says not quite what training did; a line each, for a model card."""
    lines = []
    if data.fit == "crop" and not data.resize:
        lines.append(
            "Pictures that are not square: trained on the middle cut out and resized at once; the "
            "processor resizes, then cuts out whole pixels, less than one of them apart."
        )
    if data.reduced_jpeg:
        lines.append(
            "JPEGs of more than twice the size needed: trained on a decoding at reduced scale; the "
            "processor gets them decoded in full."
        )
    if data.fast_resize:
        lines.append("Trained on values of which 1 in 250 is rounded otherwise than Pillow's.")
    return lines
