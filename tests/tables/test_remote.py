"""Tables in stores: read by fsspec as files of a disk are, from memory, a web server and S3."""

import gzip
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, count_pairs, encode_table
from cat2vec.cli.main import main
from cat2vec.errors import FileReadError, MissingPackageError, SpillError, TableNotFoundError
from cat2vec.tables.files import read_table
from cat2vec.tables.sources.paths import find_source
from tests.tables.streams.made_streams import (
    arrow_stream,
    csv,
    csv_gz,
    feather,
    folder_of_parquet,
    json_lines,
    orc,
    parquet,
    several_csv,
    texts_and_numbers,
)
from tests.tables.streams.test_equal_counts import check_equal

fsspec = pytest.importorskip("fsspec", reason="stores are read by fsspec, of the extra cloud")
FORMS = (parquet, feather, arrow_stream, orc, csv, csv_gz, json_lines)
pytestmark = [
    pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning"),
    pytest.mark.filterwarnings("ignore::cat2vec.errors.IdentifierWarning"),
]


class Ranges(SimpleHTTPRequestHandler):
    """Serves a folder, any part of a file, as most web servers do."""

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Accept-Ranges", "bytes")
        super().end_headers()

    def do_GET(self):
        asked = self.headers.get("Range")
        path = self.translate_path(self.path)
        if not asked or not os.path.isfile(path):
            super().do_GET()
            return
        with open(path, "rb") as file:
            whole = file.read()
        first, last = asked.removeprefix("bytes=").split("-")
        part = whole[int(first) : int(last or len(whole) - 1) + 1]
        self.send_response(206)
        end = int(first) + len(part) - 1
        self.send_header("Content-Range", f"bytes {first}-{end}/{len(whole)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


class Whole(SimpleHTTPRequestHandler):
    """Serves files from their start only, as Python's own server does."""

    def log_message(self, *_):
        pass


def serve(handler, folder):
    pytest.importorskip("aiohttp", reason="web servers are read by aiohttp, of the extra cloud")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def put(filesystem, address, folder):
    filesystem.put(str(folder), f"{address}/", recursive=True)
    return f"{address}/{folder.name}"


@pytest.fixture(params=["memory", "ranges", "whole", "s3"])
def store(request, tmp_path, monkeypatch):
    """Give a function that puts a folder into a store, and gives its address."""
    if request.param == "memory":
        filesystem = fsspec.filesystem("memory")
        yield partial(put, filesystem, "memory://here")
        filesystem.rm("/here", recursive=True)
    elif request.param == "s3":
        pytest.importorskip("s3fs", reason="S3 is read by s3fs, of the extra cloud")
        moto = pytest.importorskip("moto.server", reason="moto[s3,server] stands in for S3")
        server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        filesystem = fsspec.filesystem("s3", skip_instance_cache=True)
        filesystem.makedirs("bucket", exist_ok=True)
        type(filesystem).clear_instance_cache()
        yield partial(put, filesystem, "s3://bucket")
        filesystem.rm("bucket", recursive=True)
        type(filesystem).clear_instance_cache()
        server.stop()
    else:
        server = serve(Ranges if request.param == "ranges" else Whole, tmp_path)
        yield lambda folder: f"http://127.0.0.1:{server.server_port}/{folder.name}"
        server.shutdown()
        server.server_close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "days").mkdir()
    return tmp_path / "days"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_read_as_from_a_disk(form, store, folder):
    source = form(texts_and_numbers(300), folder)
    address = f"{store(folder)}/{source.name}"
    expected = count_pairs(source)
    check_equal(count_pairs(address, n_jobs=2), expected)
    check_equal(count_pairs(encode_table(address)), expected)


def test_folders_patterns_lists_and_keys(store, folder):
    several_csv(texts_and_numbers(300), folder)
    local = [folder / "a.csv", folder / "b.csv"]
    expected, address = count_pairs(local), store(folder)
    for one in (f"{address}/", f"{address}/*.csv", [f"{address}/a.csv", f"{address}/b.csv"]):
        check_equal(count_pairs(one), expected)
    if not address.startswith("http"):  # where every address may be that of a file
        check_equal(count_pairs(address), expected)


def test_folders_of_keys_become_columns(store, tmp_path):
    days = folder_of_parquet(texts_and_numbers(300), tmp_path)
    address = f"{store(days)}/"
    check_equal(count_pairs(address), count_pairs(days))
    assert read_table(address).table.equals(read_table(days).table)


def test_commands_and_fit_take_addresses(store, folder, tmp_path, capsys):
    csv(texts_and_numbers(200), folder)
    address = f"{store(folder)}/t.csv"
    model = Cat2Vec(vector_size=2).fit(address)
    assert model.vocabulary_.features[0] == "city"
    out = str(tmp_path / "out")
    for memory in ([], ["--memory", "1GB", "--spill", str(tmp_path)]):
        assert main(["train", address, "--out", out, "--quiet", "--overwrite", *memory]) == 0
    assert main(["transform", out, address, "--out", str(tmp_path / "rows.csv")]) == 0
    capsys.readouterr()


def test_what_is_not_there(store, folder):
    csv(texts_and_numbers(20), folder)
    address = store(folder)
    with pytest.raises(TableNotFoundError, match=r"no file '.*days/u.csv'\. "):
        count_pairs(f"{address}/u.csv")
    with pytest.raises(TableNotFoundError, match=r"no file '.*days/\*.pq'\. "):
        count_pairs(f"{address}/*.pq")


def test_a_file_in_a_store_that_changed_is_refused(folder, tmp_path, monkeypatch):
    from cat2vec.tables.streams import manifest
    from tests.tables.streams.test_spill import Stopped, stop_after

    monkeypatch.setattr(manifest, "_BETWEEN", 0.0)
    filesystem = fsspec.filesystem("memory")
    for seed in (0, 1):
        filesystem.put(str(parquet(texts_and_numbers(300, seed), folder)), "/here/t.parquet")
        if seed:
            break
        for _ in stop_after(monkeypatch, 1):
            with pytest.raises(Stopped):
                count_pairs("memory://here/t.parquet", spill=tmp_path)
    with pytest.raises(SpillError, match=r"the file 'memory:///here/t.parquet' (had|was written)"):
        count_pairs("memory://here/t.parquet", spill=tmp_path)


def test_what_fsspec_opened_is_a_path():
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/here/t.csv.gz", gzip.compress(b"city,job\nOslo,cook\nRome,nurse\n"))
    opened = fsspec.open("memory://here/t.csv.gz")
    assert count_pairs(opened).n_rows == count_pairs([opened]).n_rows == 2
    assert find_source(opened).name == "memory:///here/t.csv.gz"


def test_passwords_and_signatures_stand_in_no_sentence(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nx\n")
    server = serve(Ranges, tmp_path)
    address = f"http://127.0.0.1:{server.server_port}/t.csv?signature=secret"
    with pytest.raises(FileReadError, match=r"/t.csv' line 2: 1 cell") as caught:
        read_table(address)
    assert "secret" not in str(caught.value)
    server.shutdown()
    server.server_close()


def test_a_store_that_cannot_be_reached_is_an_error(monkeypatch):
    pytest.importorskip("aiohttp", reason="web servers are read by aiohttp, of the extra cloud")
    with pytest.raises(FileReadError, match=r"'http://127.0.0.1:1/t/' cannot be reached: .*Check"):
        count_pairs("http://127.0.0.1:1/t/")
    with pytest.raises(FileReadError, match=r"'none://t.csv' cannot be read: Protocol not known"):
        count_pairs("none://t.csv")
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
    with pytest.raises(
        MissingPackageError, match=r"'s3://b/t.csv' needs the package s3fs, .*pip i"
    ):
        count_pairs("s3://b/t.csv")


def test_a_parquet_file_in_a_store_is_read_in_few_requests(folder):
    """One request for the end of the file, and one for each column of a row group."""
    filesystem = fsspec.filesystem("memory")
    table = texts_and_numbers(300)
    filesystem.put(str(parquet(table, folder)), "/here/t.parquet")
    reads = []

    class Counted(pa.PythonFile):
        pass

    source = find_source("memory://here/t.parquet")
    file = source.parts[0].path
    opened = type(file).open

    def counting(self, *how, **more):
        found = opened(self, *how, **more)
        read = found.read
        found.read = lambda *n: reads.append(n) or read(*n)
        return found

    type(file).open = counting
    try:
        count_pairs(source)
    finally:
        type(file).open = opened
    n_groups = -(-300 // 70)
    assert len(reads) <= n_groups * table.num_columns + 12
