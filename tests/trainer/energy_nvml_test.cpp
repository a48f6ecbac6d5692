#include "trainer/energy_nvml.h"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include "nas/check.h"
#include "trainer/energy_source.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

constexpr int kNotSupported = 3;

/// The library stays loaded, so that what is set is seen by the code under test.
class FakeNvml : public ::testing::Test {
 protected:
  FakeNvml() : handle_(dlopen(NAS_FAKE_NVML, RTLD_NOW | RTLD_LOCAL)) {
    set_ = reinterpret_cast<decltype(set_)>(dlsym(handle_, "fake_nvml_set"));
    running_ = reinterpret_cast<decltype(running_)>(dlsym(handle_, "fake_nvml_running"));
    set(5000);
  }
  ~FakeNvml() override { dlclose(handle_); }

  void set(unsigned long long millijoules, unsigned processes = 1, unsigned mig = 0, int energy_return = 0) const {
    set_(millijoules, processes, mig, energy_return);
  }
  static std::string error(const std::string& device = "1") { return open_nvml(NAS_FAKE_NVML, device).error().message; }

  void* handle_;
  void (*set_)(unsigned long long, unsigned, unsigned, int) = nullptr;
  int (*running_)() = nullptr;
};

TEST_F(FakeNvml, CountsFromWhereItWasOpened) {
  for (const char* device : {"1", "GPU-1a2b", "00000000:3B:00.0"}) {
    set(5000);
    const auto counter = open_nvml(NAS_FAKE_NVML, device);
    ASSERT_TRUE(counter.ok()) << counter.error().message;
    EXPECT_EQ(running_(), 1);
    EXPECT_EQ((*counter)->joules(), 0);
    set(7250);
    EXPECT_DOUBLE_EQ((*counter)->joules(), 2.25);
    set(18'446'744'073'709'551'615u);
    EXPECT_NEAR((*counter)->joules(), 1.8446744073709552e16, 1e3);
  }
  EXPECT_EQ(running_(), 0) << "it is shut down";
}

TEST_F(FakeNvml, SaysWhatIsWrong) {
  EXPECT_THAT(open_nvml("/nowhere/libnvidia-ml.so.1", "0").error().message, HasSubstr("is not there"));
  EXPECT_THAT(error("0"), HasSubstr("GPU 0: Not Found"));
  EXPECT_THAT(error("GPU-ffff"), HasSubstr("GPU-ffff: Not Found"));
  EXPECT_THAT(error("MIG-1a2b"), HasSubstr("names no whole GPU"));
  EXPECT_THAT(error("12345"), HasSubstr("names no whole GPU"));
  set(1, 1, 1);
  EXPECT_THAT(error(), HasSubstr("divided (MIG)"));
  set(1, 2);
  EXPECT_THAT(error(), HasSubstr("other processes compute on GPU 1"));
  set(1, 1, 0, kNotSupported);
  EXPECT_THAT(error(), HasSubstr("has no energy counter"));
  set(1, 1, 0, 999);
  EXPECT_THAT(error(), HasSubstr("another error"));
  EXPECT_EQ(running_(), 0);
}

TEST_F(FakeNvml, FiguresThatAreNotOfThisTrainingAreAnException) {
  const auto counter = open_nvml(NAS_FAKE_NVML, "1");
  ASSERT_TRUE(counter.ok());
  set(6000, 2);
  EXPECT_THROW((void)(*counter)->joules(), Exception);
  set(6000, 0);  // a driver may not tell
  EXPECT_DOUBLE_EQ((*counter)->joules(), 1);
  set(4000);
  EXPECT_THROW((void)(*counter)->joules(), Exception);
  set(7000, 1, 0, 15);
  EXPECT_THROW((void)(*counter)->joules(), Exception);
}

TEST_F(FakeNvml, IsTheBestOfAGpu) {
  const EnergyPlaces places{.powercap = "/nowhere", .nvml = NAS_FAKE_NVML};
  EXPECT_EQ(best_energy_source("1", places), "nvml");
  EXPECT_EQ(best_energy_source("0", places), "model");
  EXPECT_EQ(best_energy_source("", places), "model");
}

}  // namespace
}  // namespace nas
