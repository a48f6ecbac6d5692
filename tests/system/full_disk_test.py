"""A run directory whose disk is full, or that vanishes, for a while: needs root, for a small file system of its own."""

import os
import subprocess

import gene_space
import program


class FullDiskTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(self.disk)], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(self.disk)], check=True)
        self.run_folder = self.disk / "run"
        self.experiment = gene_space.write_command_experiment(self.folder, evaluations=60,
                                                              arguments=["--milliseconds", 200])

    def begin(self):
        self.errors = open(self.folder / "errors", "w+", encoding="utf-8")
        self.addCleanup(self.errors.close)
        process = subprocess.Popen([program.program(), "search", str(self.experiment), "--run", str(self.run_folder)],
                                   stdout=subprocess.DEVNULL, stderr=self.errors, env=self.environment(),
                                   cwd=self.folder, start_new_session=True)
        self.addCleanup(process.kill)
        program.wait_until(lambda: self.finished_count() >= 5, "5 results")
        return process

    def said(self):
        return (self.folder / "errors").read_text()

    def goes_on_after(self, process, repair):
        program.wait_until(lambda: "the search pauses" in self.said(), "the pause")
        self.assertIsNone(process.poll())
        repair()
        process.wait(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, self.said())
        self.assertIn("can be written again, the search goes on", self.said())
        self.assert_each_done_once(60)

    def test_a_full_disk(self):
        process = self.begin()
        filler = self.disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        self.goes_on_after(process, filler.unlink)

    def test_a_directory_that_is_away(self):
        process = self.begin()
        away = self.disk / "away"
        os.rename(self.run_folder, away)
        self.goes_on_after(process, lambda: os.rename(away, self.run_folder))


if __name__ == "__main__":
    program.main()
