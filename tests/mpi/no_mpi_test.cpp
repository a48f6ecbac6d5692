// MpiSession in a process that no launcher started: rank 0 of 1, in builds with and without MPI.
#include <gtest/gtest.h>

#include <cstdlib>

#include "mpi/mpi_session.h"
#include "nas/check.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

TEST(Session, AloneIsRankZeroOfOne) {
  const MpiSession session;
  EXPECT_EQ(session.rank(), 0);
  EXPECT_EQ(session.size(), 1);
  EXPECT_EQ(session.node(), 0);
}

TEST(Session, ATransportToItself) {
  MpiSession session;
  const auto transport = session.make_transport();
  transport->send(0, {std::byte{3}});
  ASSERT_TRUE(transport->receive(10s));
  EXPECT_TRUE(transport->flush(1s));
}

TEST(Session, VersionNeedsNoSession) { EXPECT_FALSE(mpi_library_version().empty()); }

#ifdef NAS_TEST_WITHOUT_MPI
TEST(Session, SeveralRanksWithoutMpiAreRefused) {
  setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_THROW(MpiSession(), Exception);
  setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
  EXPECT_NO_THROW(MpiSession());
}
#endif

}  // namespace
}  // namespace nas
