"""Finding the code an instruction is about: terms, blocks, ranking and packing. No I/O."""
