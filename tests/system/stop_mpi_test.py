"""As stop_test, under mpirun, which passes SIGUSR1 on to all ranks."""

import program
import stop_test


class StopMpiTest(stop_test.StopTest):
    RANKS = 3


del stop_test.StopTest

if __name__ == "__main__":
    program.main()
