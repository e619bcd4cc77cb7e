"""Where the time of a turn went: stamps in, figures, waterfall and verdict out. Pure."""
