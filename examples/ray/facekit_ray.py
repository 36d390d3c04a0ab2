"""Runs a pipeline of facekit over a folder, a glob or a Parquet file of pictures, on the machines of a Ray cluster.

    python3 facekit_ray.py scans/ restored/ --pipeline restore --params '{"upscale": 2}' --workers 8 --threads 4

Each worker is a process with one engine. Each picture becomes one file in the output folder, written whole or not at
all, under a name that its input and all parameters make. What is there already is skipped, so a run that was stopped
goes on where it ended when it is started again. A picture that fails is a row of the manifest and not the end of the run.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import json
import os
import sys
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray

CLIENT = Path(__file__).resolve().parents[1] / "python"
"""Where facekit.py is, on every machine."""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
OUTPUT_SUFFIXES = ("png", "jpeg", "webp", "gif", "json")
PICTURE_ARGUMENT = {"swap": "target", "swap_file": "target", "stylize_file": "file"}
MANIFEST = pa.schema(
    [("input", pa.string()), ("output", pa.string()), ("state", pa.string()), ("error", pa.string())]
    + [("faces", pa.int32()), ("seconds", pa.float64())]
)


@dataclass(frozen=True)
class Task:
    """What is done with every picture."""

    pipeline: str
    output: str
    """The folder of the results, which every worker reaches."""
    params: Dict[str, Any] = field(default_factory=dict)
    """Those of the pipeline, as keyword arguments; a swap also has `source`, the path of a picture."""
    engine: Dict[str, Any] = field(default_factory=dict)
    """Those of the engine, such as `models`."""
    format: str = "png"
    """The format of pictures; faces and embeddings are JSON."""

    def name(self, key: str, contents: Optional[str], version: str) -> str:
        """The name of an output: that of the input, and a digest of all that makes it what it is."""
        engine = {name: value for name, value in self.engine.items() if name != "threads"}
        recipe = [key, contents, version, self.pipeline, self.params, engine, self.format]
        digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
        return f"{Path(key).stem[:100]}-{digest}"


class Worker:
    """One process with one engine."""

    def __init__(self, task: Task) -> None:
        sys.path.append(str(CLIENT))
        import facekit

        self.task, self.facekit, self.engine = task, facekit, facekit.Engine(**task.engine)

    def __call__(self, batch: pa.Table) -> pa.Table:
        return pa.Table.from_pylist([self.row(**row) for row in batch.to_pylist()], MANIFEST)

    def row(self, path: Optional[str] = None, bytes: Optional[bytes] = None) -> Dict[str, Any]:
        """Processes one picture, unless its output is there, and tells what became of it."""
        if path is None and bytes is None:
            return {"input": None, "state": "failed", "error": "the row has neither a path nor bytes"}
        digest = None if bytes is None else hashlib.sha256(bytes).hexdigest()
        key = digest if path is None else path
        name = self.task.name(key, digest, self.facekit.version())
        for suffix in OUTPUT_SUFFIXES:
            if Path(self.task.output, f"{name}.{suffix}").exists():
                return {"input": key, "output": f"{name}.{suffix}", "state": "skipped"}
        try:
            result = self.run(Path(path).read_bytes() if bytes is None else bytes)
            data, suffix = self.encode(result)
            write(Path(self.task.output, f"{name}.{suffix}"), data)
        except (self.facekit.Error, OSError) as error:
            return {"input": key, "state": "failed", "error": f"{type(error).__name__}: {error}"}
        faces = len(result.faces) if hasattr(result, "faces") else None
        seconds = result.inference_time
        return {"input": key, "output": f"{name}.{suffix}", "state": "done", "faces": faces, "seconds": seconds}

    def run(self, data: bytes) -> Any:
        argument = PICTURE_ARGUMENT.get(self.task.pipeline, "image")
        return getattr(self.engine, self.task.pipeline)(**{argument: data}, **self.task.params)

    def encode(self, result: Any) -> tuple[bytes, str]:
        """A result as a file, and its ending."""
        if isinstance(result, self.facekit.File):
            return result.data, result.format.name.lower()
        if hasattr(result, "image"):
            return result.image.encode(self.task.format), self.task.format
        facts = {name: value for name, value in asdict(result).items() if name != "inference_time"}
        return json.dumps(facts, default=np.ndarray.tolist).encode(), "json"


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; of two workers who write it, the last one wins, with the same bytes."""
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(fresh, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def pictures(source: str, batch: int) -> ray.data.Dataset:
    """The rows of a Parquet file that has a column `path` or `bytes`, or the paths of the pictures in a folder or glob.

    They are put into the object store from here, a batch a block: a task that reads would wait for a CPU, and the workers
    may have them all.
    """
    if source.endswith(".parquet"):
        file = pq.ParquetFile(source)
        columns = [column for column in ("path", "bytes") if column in file.schema_arrow.names]
        if not columns:
            raise SystemExit(f"{source} has no column `path` or `bytes`, but {', '.join(file.schema_arrow.names)}")
        blocks = file.iter_batches(batch, columns=columns)
        return ray.data.from_arrow_refs([ray.put(pa.Table.from_batches([block])) for block in blocks])
    folder = Path(source)
    found = folder.rglob("*") if folder.is_dir() else map(Path, glob.glob(source, recursive=True))
    paths = sorted(str(path.resolve()) for path in found if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise SystemExit(f"{source} has no pictures")
    return ray.data.from_arrow([pa.table({"path": paths[i : i + batch]}) for i in range(0, len(paths), batch)])


def run(
    source: str, task: Task, workers: int, threads: int, gpus: float = 0, batch: int = 4, worker: type = Worker
) -> Iterator[Dict[str, Any]]:
    """Runs a task over pictures, and gives a row of the manifest for each, as they come."""
    Path(task.output).mkdir(parents=True, exist_ok=True)
    results = pictures(source, batch).map_batches(
        worker,
        fn_constructor_args=(task,),
        batch_size=batch,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=workers),
        num_cpus=threads,
        num_gpus=gpus,
    )
    return results.iter_rows()


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", help="a folder, a glob, or a .parquet with a column `path` or `bytes`")
    parser.add_argument("output", help="a folder that every worker reaches")
    parser.add_argument("--pipeline", default="restore", help="a method of facekit.Engine that takes a picture")
    parser.add_argument("--params", type=json.loads, default={}, help="its keyword arguments, as JSON")
    parser.add_argument("--engine", type=json.loads, default={}, help='those of the engine, such as {"models": "/m"}')
    parser.add_argument("--format", default="png", help="the format of the pictures: png, jpeg, webp or gif")
    parser.add_argument("--workers", type=int, default=1, help="engines, each a process")
    parser.add_argument("--threads", type=int, default=1, help="CPUs of each, which its engine uses")
    parser.add_argument("--gpus", type=float, default=0, help='GPUs of each; name a provider: {"providers": "cuda"}')
    parser.add_argument("--batch", type=int, default=4, help="pictures that a worker takes at once")
    options = parser.parse_args(arguments)

    if options.params.get("samples", 1) != 1:
        parser.error("--params: `samples` must be 1, since a picture has one output")
    engine = {"threads": options.threads, **options.engine}
    task = Task(options.pipeline, str(Path(options.output).resolve()), options.params, engine, options.format)
    rows, counts = [], {"done": 0, "skipped": 0, "failed": 0}
    for row in run(options.pictures, task, options.workers, options.threads, options.gpus, options.batch):
        rows.append(row)
        counts[row["state"]] += 1
        if row["state"] == "failed":
            print(f"{row['input']}: {row['error']}", file=sys.stderr)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, MANIFEST), sink)
    write(Path(task.output, "manifest.parquet"), sink.getvalue().to_pybytes())
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
