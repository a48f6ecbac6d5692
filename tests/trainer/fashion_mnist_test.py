"""A small network learns the real Fashion-MNIST.

usage: fashion_mnist_test.py NAS_TRAINER
"""

import json
import os
import subprocess
import sys

from network_graph import nas_bench_201


def main():
    job = {"id": 1, "seed": 1, "budget": 3, "network": nas_bench_201("331310", (1, 28, 28), channels=4, cells=1),
           "training": {"threads": 1, "batch_size": 64}, "data": {"train": 4000, "validation": 2000}}
    done = subprocess.run([sys.argv[1]], input=json.dumps(job) + "\n", capture_output=True, text=True, check=True,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    final = json.loads(done.stdout.splitlines()[-1])
    print(final)
    # Guessing gives 0.1.
    assert final["metrics"]["val_accuracy"] > 0.65, final


if __name__ == "__main__":
    main()
