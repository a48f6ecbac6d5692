// Every space of the library can be trained: its named architectures and samples, at a size that
// a test can afford. Most samples, `LibrarySamples`, are for the slow tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/trainer/reduced_space.h"
#include "tests/trainer/trainable.h"

namespace nas {
namespace {

YamlNode must_read(const std::string& file) {
  auto tree = read_yaml(file);
  if (!tree) throw Exception(tree.error().message);
  return std::move(*tree);
}

/// Of spaces that have networks, in order of their names.
std::vector<std::string> library_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(NAS_LIBRARY_DIR)) {
    if (must_read(entry.path()).find("network") != nullptr) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void expect_architectures_train(const YamlNode& root) {
  for (const std::string& name : ReducedSpace(root).full().architectures()) {
    SCOPED_TRACE(name);
    ReducedSpace space(root, name);
    const auto genotype = space.full().architecture(name);
    ASSERT_TRUE(genotype.ok()) << genotype.error().message;
    const auto network = space.network(*genotype);
    ASSERT_TRUE(network.ok()) << network.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_trainable(*network, 1));
  }
}

void expect_samples_train(const YamlNode& root, int samples) {
  ReducedSpace space(root);
  Rng rng(1, 0, Stream::Test);
  int trained = 0;
  for (int i = 0; trained < samples; ++i) {
    ASSERT_LT(i, 2 * samples) << "half of the samples are disconnected";
    const Genotype genotype = space.full().sample(rng);
    SCOPED_TRACE(to_string(genotype));
    const auto network = space.network(genotype);
    // What keeps unused operations also keeps networks of nothing else.
    const auto pruned = network ? remove_unused(*network) : network;
    if (!pruned && is_disconnected(pruned.error())) continue;
    ASSERT_TRUE(pruned.ok()) << pruned.error().message;
    ASSERT_NO_FATAL_FAILURE(expect_trainable(*network, static_cast<std::uint64_t>(i)));
    ++trained;
  }
}

class LibrarySpace : public ::testing::TestWithParam<std::string> {};
class LibrarySamples : public LibrarySpace {};

/// Of each space: 200 under scripts/test.sh --slow.
int samples() {
  const char* const rounds = std::getenv("NAS_TEST_ROUNDS");
  return rounds != nullptr && std::string_view(rounds) == "full" ? 200 : 40;
}

TEST_P(LibrarySpace, ArchitecturesTrain) { expect_architectures_train(must_read(GetParam())); }
TEST_P(LibrarySpace, SomeSamplesTrain) { expect_samples_train(must_read(GetParam()), 3); }
TEST_P(LibrarySamples, Train) { expect_samples_train(must_read(GetParam()), samples()); }

const auto kFiles = ::testing::ValuesIn(library_files());
std::string name_of(const ::testing::TestParamInfo<std::string>& test) {
  return std::filesystem::path(test.param).stem().string();
}
INSTANTIATE_TEST_SUITE_P(All, LibrarySpace, kFiles, name_of);
INSTANTIATE_TEST_SUITE_P(All, LibrarySamples, kFiles, name_of);

}  // namespace
}  // namespace nas
