"""x"""

import pytest


@pytest.mark.parametrize(
    "path", ["/", "/groups/acme", "/people/chen", "/holds", "/history", "/week"]
)
def test_x(board, path):
    print(board.page(path)[:300])


def test_y(troubled):
    for p in ["/", "/groups/acme", "/people/dora", "/holds", "/history", "/week"]:
        open("/tmp/o" + p.replace("/", "-") + ".html", "w").write(troubled.page(p))
