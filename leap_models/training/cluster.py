"""Many pieces of work, on processes of this computer, or on those of a Dask cluster.

`local` starts a cluster here; `tcp://host:port` is a scheduler's address, whoever started it: `dask scheduler` and
`dask worker` by hand, or Dask's own deployers for SLURM, Kubernetes and clouds. Its workers must have this package and
see the same files. A worker that dies loses nothing: what it was at is done again by another.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from leap_models.errors import BadParameter, MissingDependency

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

LOCAL = "local"
AHEAD = 4  # pieces that each worker is given before they are asked for

Given = TypeVar("Given")
Made = TypeVar("Made")


def each(
    function: Callable[[Given], Made], pieces: Mapping[str, Given], cluster: str = "", workers: int = 2
) -> Iterator[Made]:
    """The results, as they come.

    Args:
        function: of a module, so that other processes find it; what it does twice must be as if it did it once.
        pieces: by names of their own.
        cluster: "", LOCAL, or the address of a scheduler.
        workers: processes of this computer.

    Raises:
        BadParameter: no such kind of cluster, or nobody answers there.
        MissingDependency: Dask is not installed.
        Exception: what a piece raised ends the run.
    """
    if not cluster:
        yield from _here(function, pieces, workers)
        return
    if cluster != LOCAL and "://" not in cluster:
        raise BadParameter(f"cluster must be local or an address such as tcp://host:8786, got {cluster}")
    with _client(cluster, workers) as client:
        yield from _there(client, function, pieces)


def _here(function: Callable[[Given], Made], pieces: Mapping[str, Given], workers: int) -> Iterator[Made]:
    if workers <= 1:
        yield from map(function, pieces.values())
        return
    waiting = iter(pieces.values())
    pool = ProcessPoolExecutor(workers, initializer=share_cores, initargs=(workers,))
    try:
        running = {pool.submit(function, piece) for piece in islice(waiting, AHEAD * workers)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(function, piece) for piece in islice(waiting, len(done))}
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(cancel_futures=True)


def share_cores(workers: int) -> None:
    """A worker's part of the cores; if each had all of them they would wait for one another."""
    import scipy.linalg  # noqa: F401 (limits hold for libraries that are loaded)
    import torch
    from threadpoolctl import threadpool_limits

    threads = max(1, (os.cpu_count() or 1) // workers)
    torch.set_num_threads(threads)
    threadpool_limits(threads)


@contextmanager
def _client(cluster: str, workers: int) -> "Iterator[Client]":
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingDependency('--cluster needs Dask: pip install "leap-bridge[cluster]"') from error
    if cluster == LOCAL:
        local = LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=logging.ERROR
        )
        with local, Client(local) as client:
            yield client
        return
    try:
        client = Client(cluster, timeout=30)
    except OSError as error:
        raise BadParameter(f"no scheduler answers at {cluster}") from error
    with client:
        yield client


def _there(client: "Client", function: Callable[[Given], Made], pieces: Mapping[str, Given]) -> Iterator[Made]:
    from distributed import as_completed

    waiting = iter(pieces.items())

    def submit(count: int) -> list[object]:
        return [
            client.submit(function, piece, key=f"{function.__name__}-{name}", pure=False)
            for name, piece in islice(waiting, count)
        ]

    lanes = max(1, sum(client.nthreads().values()))
    results = as_completed(submit(AHEAD * lanes))
    for future in results:
        yield future.result()
        for more in submit(1):
            results.add(more)
