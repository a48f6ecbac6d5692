#include "trainer/energy_meter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "nas/check.h"
#include "trainer/energy_rapl.h"
#include "trainer/energy_source.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

TEST(CountedBetween, GoesRoundOnce) {
  EXPECT_EQ(counted_between(5, 9, 100), 4u);
  EXPECT_EQ(counted_between(9, 9, 100), 0u);
  EXPECT_EQ(counted_between(98, 3, 100), 5u);
  EXPECT_EQ(counted_between(262'143'328'850 - 1, 1, 262'143'328'850), 2u);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(counted_between(kMost - 1, 1, kMost), 2u);
}

TEST(NetJoules, AreWithoutIdlePower) {
  EXPECT_DOUBLE_EQ(net_joules({.gross_joules = 100, .seconds = 4}, 20), 20);
  EXPECT_DOUBLE_EQ(net_joules({.gross_joules = 10, .seconds = 1}, 20), -10);
}

/// A tree as the kernel has it: two packages, memory of one of them, and what must not be added.
class FakePowercap : public ::testing::Test {
 protected:
  FakePowercap()
      : root_(fs::temp_directory_path() / ("powercap-" + std::to_string(getpid()) + "-" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    zone("intel-rapl:0", "package-0", 1'000'000);
    zone("intel-rapl:0:0", "core", 1'000'000);
    zone("intel-rapl:0:1", "dram", 500'000);
    zone("intel-rapl:1", "package-1", 1'000'000);
    zone("intel-rapl:2", "psys", 1'000'000);
    zone("intel-rapl-mmio:0", "package-0", 1'000'000);
    fs::create_directories(root_ / "intel-rapl");
  }
  ~FakePowercap() override { fs::remove_all(root_); }

  void zone(const std::string& folder, const std::string& name, std::uint64_t range) const {
    fs::create_directories(root_ / folder);
    write(folder, "name", name);
    write(folder, "max_energy_range_uj", std::to_string(range));
    write(folder, "energy_uj", "1000");
  }
  /// Renamed into place: a reader sees one value or the other.
  void write(const std::string& folder, const std::string& file, const std::string& text) const {
    std::ofstream(root_ / folder / "new") << text << "\n";
    fs::rename(root_ / folder / "new", root_ / folder / file);
  }
  void set(const std::string& folder, std::uint64_t count) const { write(folder, "energy_uj", std::to_string(count)); }
  std::string error() const { return open_rapl(root_).error().message; }

  fs::path root_;
};

TEST_F(FakePowercap, PackagesAndMemoryAreAdded) {
  const auto counter = open_rapl(root_);
  ASSERT_TRUE(counter.ok()) << counter.error().message;
  EXPECT_EQ((*counter)->joules(), 0);
  set("intel-rapl:0", 201'000);
  set("intel-rapl:0:0", 999'000);
  set("intel-rapl:0:1", 31'000);
  set("intel-rapl:1", 4'000);
  set("intel-rapl:2", 999'000);
  set("intel-rapl-mmio:0", 999'000);
  EXPECT_NEAR((*counter)->joules(), 0.200 + 0.030 + 0.003, 1e-12);
}

TEST_F(FakePowercap, EachZoneGoesRoundByItself) {
  const auto counter = open_rapl(root_);
  ASSERT_TRUE(counter.ok());
  double expected = 0;
  for (const auto& [package, memory, joules] :
       {std::tuple(900'000, 400'000, 0.899 + 0.399), std::tuple(100'000, 450'000, 0.2 + 0.05),
        std::tuple(99'999, 449'999, 0.999'999 + 0.499'999)}) {
    set("intel-rapl:0", static_cast<std::uint64_t>(package));
    set("intel-rapl:0:1", static_cast<std::uint64_t>(memory));
    expected += joules;
    EXPECT_NEAR((*counter)->joules(), expected, 1e-9);
  }
  // The smallest range is half a joule: at 1000 W half of it is gone in a quarter of a millisecond.
  EXPECT_NEAR((*counter)->manners().most_gap, 0.25e-3, 1e-9);
}

TEST_F(FakePowercap, OneReadsItAtATime) {
  auto counter = open_rapl(root_);
  ASSERT_TRUE(counter.ok());
  EXPECT_NE(error().find("another training reads"), std::string::npos) << error();
  counter = Error{"given back"};
  EXPECT_TRUE(open_rapl(root_).ok());
}

TEST_F(FakePowercap, SaysWhatIsWrong) {
  write("intel-rapl:1", "energy_uj", "many");
  EXPECT_NE(error().find("intel-rapl:1/energy_uj holds 'many'"), std::string::npos) << error();
  write("intel-rapl:1", "energy_uj", "2000000");
  EXPECT_NE(error().find("counts to 1000000 but stands at 2000000"), std::string::npos) << error();
  set("intel-rapl:1", 1);
  fs::remove(root_ / "intel-rapl:0" / "max_energy_range_uj");
  EXPECT_NE(error().find("max_energy_range_uj can't be read: No such file"), std::string::npos) << error();
  const std::string nothing = open_rapl(root_ / "nowhere").error().message;
  EXPECT_NE(nothing.find("no processor's energy counter is in"), std::string::npos) << nothing;
  EXPECT_NE(nothing.find("energy: model"), std::string::npos) << nothing;
}

TEST_F(FakePowercap, ACounterThatGoesAwayIsAnException) {
  const auto counter = open_rapl(root_);
  ASSERT_TRUE(counter.ok());
  fs::remove_all(root_);
  EXPECT_THROW((void)(*counter)->joules(), Exception);
}

TEST_F(FakePowercap, IsTheBestOfACpuAndNoneOfAGpu) {
  const EnergyPlaces places{.powercap = root_, .nvml = "/nowhere.so"};
  EXPECT_EQ(best_energy_source("", places), "rapl");
  EXPECT_EQ(best_energy_source("", {.powercap = "/nowhere", .nvml = "/nowhere.so"}), "model");
  EXPECT_EQ(best_energy_source("0", places), "model");
  EXPECT_FALSE(open_energy_counter("rapl", "0", places).ok());
  EXPECT_FALSE(open_energy_counter("nvml", "", places).ok());
  EXPECT_TRUE(is_counted("rapl") && is_counted("nvml") && !is_counted("model") && !is_counted("none"));
}

/// Time that passes where somebody sleeps, and a device that draws `watts`: its counter moves every 2 ms.
struct Laboratory {
  double time = 0;
  double watts = 0;
  double most_gap = 1000;  // of real time
  std::atomic<int> readings = 0;

  MeterClock clock() {
    return {.now = [this] { return time; }, .sleep = [this](double seconds) { time += seconds; }};
  }
};

class SteadyCounter final : public EnergyCounter {
 public:
  explicit SteadyCounter(Laboratory& laboratory) : laboratory_(laboratory) {}
  double joules() override {
    ++laboratory_.readings;
    const double ticks = std::floor(laboratory_.time / kTick);
    joules_ += laboratory_.watts * kTick * (ticks - ticks_);
    ticks_ = ticks;
    return joules_;
  }
  CounterManners manners() const override {
    return {.tick = kTick, .most_gap = laboratory_.most_gap, .settle = 3, .window = 5};
  }

 private:
  static constexpr double kTick = 2e-3;
  Laboratory& laboratory_;
  double ticks_ = 0;
  double joules_ = 0;
};

class StillCounter final : public EnergyCounter {
 public:
  double joules() override { return 7; }
  CounterManners manners() const override { return {.tick = 1e-3, .most_gap = 1, .settle = 0, .window = 0.01}; }
};

TEST(EnergyMeter, TakesIdlePowerOff) {
  Laboratory laboratory{.watts = 40};
  int synchronised = 0;
  EnergyMeter meter(
      std::make_unique<SteadyCounter>(laboratory), [&] { ++synchronised; }, laboratory.clock());
  meter.measure_idle();
  EXPECT_GE(laboratory.time, 3 + 5);
  EXPECT_NEAR(meter.idle_watts(), 40, 0.04);
  EXPECT_EQ(meter.window(), 5);
  laboratory.time += 0.0013;
  meter.begin();
  laboratory.watts = 400;
  laboratory.time += 0.7;
  const EnergyUse use = meter.end();
  EXPECT_GE(use.seconds, 0.7) << "the work is in it";
  EXPECT_LT(use.seconds, 0.7041) << "and at most a tick at either side";
  EXPECT_NEAR(use.gross_joules, 400 * use.seconds, 0.1);
  EXPECT_NEAR(net_joules(use, meter.idle_watts()), 360 * use.seconds, 0.15);
  EXPECT_EQ(synchronised, 5) << "before each reading";
}

/// Reads in a thread of its own, while the laboratory's time stands.
TEST(EnergyMeter, ReadsInBetween) {
  Laboratory laboratory{.watts = 1, .most_gap = 1e-3};
  EnergyMeter meter(
      std::make_unique<SteadyCounter>(laboratory), [] {}, laboratory.clock());
  meter.begin();
  const int before = laboratory.readings;
  while (laboratory.readings < before + 3) std::this_thread::yield();
  meter.begin();  // forgets the one before
  EXPECT_GT(meter.end().gross_joules, 0);
}

TEST(EnergyMeter, ACounterThatStandsStillIsNone) {
  Laboratory laboratory;
  EnergyMeter meter(
      std::make_unique<StillCounter>(), [] {}, laboratory.clock());
  EXPECT_THROW(meter.begin(), Exception);
  EXPECT_GE(laboratory.time, 1) << "it was given time";
}

}  // namespace
}  // namespace nas
