"""Makes README's picture: the real session over the sample repository and the simulated endpoint.

    python tests/ui/readme_picture.py [FILE.svg]

Nothing in it is drawn by hand: an instruction is typed, hunks arrive, the group of them is opened,
one is kept, and the screen is exported as it is.
"""

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from spark_tui.commands.sample import make_sample
from spark_tui.core.edits.model import HunkState
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.pair.conductor import Pair
from spark_tui.services import places
from spark_tui.services.endpoint import connect
from spark_tui.services.worktree.git_worktree import open_worktree
from spark_tui.ui.app import SparkApp
from spark_tui.ui.options import ShellOptions

INSTRUCTION = "rename add to plus in @calc.py @report.py @tests/test_calc.py"


def portable(svg: str) -> str:
    """The picture without fonts fetched from elsewhere: pages that show it block them anyway."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas").replace(
        "<svg ", '<svg xml:space="preserve" ', 1
    )


async def picture(home: Path) -> str:
    """Run one turn in a 120x36 screen and export it as SVG."""
    root = make_sample(home / "httpkit")
    profile = EndpointProfile("sim", "", simulated=True, dialect="simulated", wire="responses")
    made: list[Pair] = []

    def conductor() -> Pair:
        worktree = open_worktree(root, home / "state")
        made.append(Pair(worktree, [profile], connect, time.monotonic_ns))
        return made[-1]

    app = SparkApp(conductor, ShellOptions(themes=places.load_themes(), theme="spark-dark"))

    async with app.run_test(size=(120, 36)) as pilot:

        async def until(seen: Callable[[], object]) -> None:
            async with asyncio.timeout(60):
                while not seen():
                    await pilot.pause()

        await until(lambda: made)
        pair = made[0]
        await until(lambda: pair.paths() and pair.session.tree.branch)
        await pilot.press(*(" " if c == " " else c for c in INSTRUCTION))
        await pilot.press("escape", "enter")
        await until(lambda: pair.session.turn and not pair.session.turn.running)
        await pilot.pause()
        await until(lambda: app.desk.body.first_painted_hunk_of_turn is not None)
        await pilot.press("tab", "x")  # the group of alike hunks, opened
        await pilot.pause()
        await pilot.press("y")
        await until(
            lambda: (
                pair.session.turn
                and any(h.state is HunkState.APPLIED for h in pair.session.turn.hunks)
            )
        )
        await pilot.press("j")
        await pilot.pause()
        shown = portable(app.export_screenshot(title="spark-tui"))
        await pair.close()
    return shown


def main() -> None:
    """Write the picture beside the program's documents, or where the argument says."""
    default = Path(__file__).parents[2] / "spark_tui" / "docs" / "session.svg"
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        target.write_text(asyncio.run(picture(Path(made).resolve())))
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
