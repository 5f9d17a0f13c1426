"""Runs Python programs in forks of a process that has loaded their modules, which takes most of their time.

    preloaded.py MODULE...

Each line on stdin is JSON: args (the program first), env, cwd, and the file for the output. Each answer is an exit code.
"""

import importlib
import json
import os
import runpy
import sys

before = dict(os.environ)
for module in sys.argv[1:]:
    importlib.import_module(module)
# The AWS CLI names its own data so.
added = {name: value for name, value in os.environ.items() if name not in before}


def run(args, env, cwd, output):
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update({**added, **env})
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    file = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.argv = args
    runpy.run_path(args[0], run_name="__main__")
    sys.exit(0)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(**json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
