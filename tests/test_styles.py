"""What a merge can lose in a stylesheet without any page failing: a brace, and all rules after it with it."""

import re

import pytest

from config.embedded import CODE

SHEETS = sorted((CODE / "static" / "css").glob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_block_is_closed_before_the_next_layer_begins(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    depth, left_open = 0, []
    for line in text.splitlines():
        if line.startswith("@layer") and line.endswith("{") and depth:
            left_open.append(line)
        depth += line.count("{") - line.count("}")
    assert (depth, left_open) == (0, [])
