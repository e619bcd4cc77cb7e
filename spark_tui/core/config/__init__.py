"""config.toml and theme files, read into frozen values with errors that name the key. Pure.

automation  `[checks]`, `[comments]`: what happens without a key
instrument  `[status]`, `[slo]`, `[prices]`, `[stats]`: status items, objectives, prices
settings    All of config.toml in one value; unknown keys name the nearest known one; which endpoint
theme       Themes: named colours, and roles that give each meaning its style
toml        TOML from anybody: refused where it is broken or nested too deeply
"""
