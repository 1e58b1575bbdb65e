"""The commands of a sweep's runs, some runs at a time, until all are done or one fails."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from launch.sweep_plan import Run
from unimr_jax.errors import Foreseen, UserError

LOG = "log.txt"
POLL = 0.5  # seconds between looks at what has become ready
GOES_ON = "stopped by SIGTERM; the same command goes on from here"
STOPPED = 143  # the exit code of a training that saved on SIGTERM


class Failed(Foreseen):
    """A command of a run failed."""


class Stopped(Foreseen):
    """A SIGTERM reached the sweep and, through it, the trainings under way."""

    exit_code = STOPPED


class Processes:
    """Those under way. A SIGTERM is passed on to all of them, so that training saves first."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self.stopped = False

    def exit_code(self, command: Sequence[str], log: Path | None = None) -> int:
        """Runs it to its end; what it says is appended to `log`, or goes where ours goes."""
        if self.stopped:
            return STOPPED
        with _open(log) as output, subprocess.Popen(command, stdout=output, stderr=output) as own:
            self._running.add(own)
            if self.stopped:  # meanwhile, when it was not yet among those to terminate
                own.terminate()
            code = own.wait()
            self._running.discard(own)
        return STOPPED if self.stopped else code

    def stop(self) -> None:
        self.stopped = True
        for process in list(self._running):
            process.terminate()

    @contextmanager
    def stopped_by_sigterm(self) -> Iterator[None]:
        def on_sigterm(signum: int, frame: FrameType | None) -> None:
            self.stop()

        before = signal.signal(signal.SIGTERM, on_sigterm)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def _open(log: Path | None) -> Iterator:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file


class Jobs:
    """Runs what is not done, in order, `jobs` at a time.

    After a failure nothing more starts and what is under way is stopped, unless it shall keep
    going.
    """

    def __init__(self, jobs: int, keep_going: bool):
        self._jobs, self._keep_going = jobs, keep_going
        self._processes = Processes()

    def finished(self, runs: Sequence[Run]) -> Iterator[Future[None]]:
        """The future of each run as it ends: of None, `Failed` or `Stopped`."""
        waiting = {run: f"[{n}/{len(runs)}] {run.directory.name}" for n, run in enumerate(runs, 1)}
        running: dict[Future[None], Run] = {}
        with ThreadPoolExecutor(self._jobs) as pool, self._processes.stopped_by_sigterm():
            try:
                while waiting or running:
                    under_way = {run.directory for run in (*waiting, *running.values())}
                    ready = [run for run in waiting if _is_ready(run, under_way)]
                    for run in ready[: self._jobs - len(running)]:
                        running[pool.submit(self._run, run, waiting.pop(run))] = run
                    for future in wait(running, POLL, FIRST_COMPLETED).done:
                        del running[future]
                        yield future
            except BaseException:
                self._processes.stop()
                raise

    def _run(self, run: Run, title: str) -> None:
        try:
            if self._processes.stopped:
                raise Stopped(GOES_ON)
            self._commands(run, title)
        except Foreseen as error:
            if not self._keep_going or isinstance(error, Stopped):
                self._processes.stop()
            raise

    def _commands(self, run: Run, title: str) -> None:
        if run.is_done():
            print(f"{title}: done before", flush=True)
            return
        print(title, flush=True)
        try:
            run.prepare()
        except UserError as error:
            raise Failed(str(error)) from error
        log = run.directory / LOG if self._jobs > 1 else None
        for command in run.commands():
            print(shlex.join(command), flush=True)
            _check(self._processes.exit_code(command, log), command, log)


def _is_ready(run: Run, under_way: set[Path]) -> bool:
    """The stage that it starts from is done, or will never be."""
    return run.has_its_start() or run.base not in under_way


def _check(code: int, command: Sequence[str], log: Path | None) -> None:
    if code == STOPPED:
        raise Stopped(GOES_ON)
    if code:
        said = f"; see {log}" if log else ""
        raise Failed(f"exit code {code} of: {shlex.join(command)}{said}")
