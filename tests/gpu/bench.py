"""Runs `lamina bench`."""

import json
import subprocess
import sys


def bench(program, *options):
    """Its figures; what it says meanwhile goes to this program's own messages."""
    command = [program, "bench", "--json", *map(str, options)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=sys.stderr).stdout)
