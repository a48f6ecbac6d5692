"""libnas_cuda.so loads, with all of CUDA, on a machine without a GPU too, and says how many there are.

usage: cuda_module_test.py LIBNAS_CUDA
"""

import ctypes
import sys


def main():
    module = ctypes.CDLL(sys.argv[1])
    module.nas_cuda_functions.restype = ctypes.POINTER(ctypes.c_void_p)
    table = module.nas_cuda_functions()
    device_count = ctypes.CFUNCTYPE(ctypes.c_int)(table[0])  # the first of struct CudaFunctions
    count = device_count()
    assert count >= 0, count
    print(f"{count} devices")


if __name__ == "__main__":
    main()
