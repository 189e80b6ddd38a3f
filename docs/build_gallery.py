"""Draw the pictures of the gallery from a solved plan: `python docs/build_gallery.py out/baseline` (`make gallery`)."""

import sys
from pathlib import Path

import matplotlib as mpl

from siting import Plan
from siting.show.layer_maps import save_candidates_map
from siting.show.maps import save_map

IMAGES = Path(__file__).parent / "images"
OF_THE_PLAN = {"baseline": "world", "gallery-arctic": "arctic"}
OF_CANDIDATES = {"gallery-layers": "layers"}
WIDTH_PX = 1400
"""A page shows no more pixels than these. Colours stay as drawn: a palette of few would change what a ramp says."""
QUALITY = 90
"""Of WebP, 0 to 100: a fifth of the size of PNG, and no difference that is seen."""


def draw(folder: Path) -> None:
    """Draw every picture of the gallery."""
    from PIL import Image

    mpl.use("agg")
    plan = Plan.load(folder)
    for pictures, save in ((OF_THE_PLAN, save_map), (OF_CANDIDATES, save_candidates_map)):
        for name, view in pictures.items():
            path = folder / f"{name}.png"
            save(plan, path, view)
            with Image.open(path) as drawn:
                size = (WIDTH_PX, round(drawn.height * WIDTH_PX / drawn.width))
                small = drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            small.save(IMAGES / f"{name}.webp", quality=QUALITY)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
