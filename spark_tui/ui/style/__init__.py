"""How things look: theme, cells, syntax colours, and the base of the widgets.

cells              Widths: harmless text cut to fit a number of terminal cells
contained          A widget that can't paint its rows shows none, and takes nothing else with it
direct_write       Writes changed cells at once, past Textual's compositor
highlight          Syntax colours for hunks: at once while they stream, exact once they are placed
incremental_lexer  Pygments, made to start in the middle: tokens per line, and states to go on from
painted            Base of the small widgets: rows as strips, only changed rows are painted
palette            A theme as rich styles per role, and as Textual's CSS theme
row_paint          From what a row says to the cells that show it
screen_faults      What breaks while painting: it is told, the rest of the screen goes on
theming            Which theme is shown: chosen, tried out, followed on disk, or by the terminal
"""
