"""The pages of `cartoonize rate`."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any


def content_of(page: Path) -> Any:
    """Return the data that is embedded in a page, and decode the secret keys of its items."""
    found = re.search(r'id="data">(.*?)</script>', page.read_text())
    assert found, f"{page} embeds no data"
    data = json.loads(found[1])
    for item in [*data["items"], *([data["practice"]] if data["practice"] else [])]:
        item.update(json.loads(base64.b64decode(item["key"])))
    return data
