"""Figures of measured requests: named as benchmark tools do, and their spread. Pure.

metrics  The metrics of a run: named, defined and computed as AIPerf and vLLM do
request  One request, measured: stamps and counts in, the figures benchmark tools report out
spread   How values are spread: mean, deviation, percentiles
"""
