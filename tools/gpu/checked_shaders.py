# SPDX-License-Identifier: MIT
"""Shaders that check every index they use: into storage buffers against the range that is bound, into shared and private
arrays and into vectors against their size. An index out of range ends the process on lavapipe, which does not check
addresses of shared memory. Where dispatches are bound to the exact ranges of tensors (VulkanValidation::synchronization),
this sees what GPU-assisted validation sees and, besides, arrays, at the speed of the shaders themselves. They may also
number their workgroups from the last to the first: lavapipe runs them in order, which hides who writes last."""
import os
import re
import subprocess

GLSLANG = ["glslangValidator", "--target-env", "vulkan1.1"]
# Words that may stand before an expression; any other word there makes a declaration of what follows.
KEYWORDS = {"return", "else", "case"}
TYPES = re.compile(r"^([biu]?vec[234]|mat[234]|float|u?int|bool)$")
NOTES = """
uint betwixt_wrong = 0u;
uint betwixt_checked(uint index, uint size) {
  betwixt_wrong |= uint(index >= size);
  return index;
}
"""
# Far outside of shared memory. A store alone would be optimised away.
TRAP = """
shared uint betwixt_trap[2];
void main() {
  betwixt_main();
  if (betwixt_wrong != 0u) {
    const uint place = 0x10000000u + (betwixt_wrong & 1u);
    betwixt_trap[place] = place;
    betwixt_trap[0] = betwixt_trap[place + 0x20000000u];
  }
}
"""


def partner(text, at):
    """Place of the bracket that belongs to the one at `at`."""
    step = 1 if text[at] in "[(" else -1
    depth = 0
    while 0 <= at < len(text):
        depth += (text[at] in "[(") - (text[at] in "])")
        if depth == 0:
            return at
        at += step
    raise ValueError("unbalanced brackets")


def start_of_base(text, end):
    """Where the expression that ends before `end` begins: names, members and indices."""
    at = end
    while True:
        while at and text[at - 1].isspace():
            at -= 1
        if at and text[at - 1] in "])":
            at = partner(text, at - 1)
            continue
        begin = at
        while begin and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
            begin -= 1
        if begin == at:
            return end
        before = text[:begin].rstrip()
        if not before.endswith("."):
            return begin
        at = len(before) - 1


def is_index(text, begin, end):
    base, before = text[begin:end].strip(), re.search(r"(\w+)\s*$", text[:begin])
    if not base or TYPES.match(base):
        return False
    return not before or before.group(1) in KEYWORDS


def with_checks(text):
    """`text`, preprocessed GLSL, with every index checked."""
    result, at = "", 0
    while True:
        found = text.find("[", at)
        if found < 0:
            return result + text[at:]
        end = partner(text, found)
        index = text[found + 1:end]
        # Bases lie in `text` itself: their own indices are checked where they stand.
        begin = start_of_base(text, found)
        if index.strip() and is_index(text, begin, found):
            result += "%s[betwixt_checked(uint(%s), uint(%s.length()))]" % (text[at:found], with_checks(index),
                                                                           text[begin:found].strip())
        else:
            result += text[at:found] + "[" + with_checks(index) + "]"
        at = end + 1


def backwards(text):
    group = "(gl_NumWorkGroups - 1u - gl_WorkGroupID)"
    text = re.sub(r"\bgl_WorkGroupID\b", group, text)
    return re.sub(r"\bgl_GlobalInvocationID\b", "(%s * gl_WorkGroupSize + gl_LocalInvocationID)" % group, text)


def checked_source(path, folder, is_backwards):
    """Text of the shader `path`, which includes files of `folder`, with checks; None when it does not preprocess."""
    run = subprocess.run([GLSLANG[0], "-E", "-I" + folder, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if run.returncode:
        return None
    lines = [line for line in run.stdout.splitlines() if line.strip() and not line.startswith("#line")]
    head = [line for line in lines if line.startswith("#")]
    body = [line for line in lines if not line.startswith("#")]
    text = re.sub(r"\bvoid main\(", "void betwixt_main(", "\n".join(body))
    text = backwards(text) if is_backwards else text
    return "\n".join(head) + NOTES + with_checks(text) + TRAP


def compile_checked(path, folder, output, is_backwards=False):
    """Compiles the shader `path` with checks to `output`; False when that fails."""
    source = checked_source(path, folder, is_backwards)
    if source is None:
        return False
    written = os.path.splitext(output)[0] + ".checked.comp"
    with open(written, "w") as file:
        file.write(source)
    return subprocess.run(GLSLANG + ["-V", "-g0", "--quiet", "-o", output, written]).returncode == 0


def compile_checked_backwards(path, folder, output):
    return compile_checked(path, folder, output, True)


def compile_all_checked(shaders, folder, compile_one=compile_checked):
    """Every shader of the folder `shaders` but the library's own self-test, with checks, into `folder`."""
    os.makedirs(folder, exist_ok=True)
    for name in sorted(os.listdir(shaders)):
        stem, ending = os.path.splitext(name)
        if ending == ".comp" and stem != "self_test":
            if not compile_one(os.path.join(shaders, name), shaders, os.path.join(folder, stem + ".spv")):
                raise RuntimeError("%s does not compile with checks" % name)
