# SPDX-License-Identifier: MIT
# cmake -DINPUT=x.spv -DOUTPUT=x.inc -P embed_spirv.cmake: SPIR-V words as a C initialiser list, eight a line.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(..)(..)(..)(..)" "0x\\4\\3\\2\\1," words "${hex}")
string(REGEX REPLACE "(0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,0x[0-9a-f]+,)"
  "\\1\n" words "${words}")
file(WRITE "${OUTPUT}" "${words}\n")
