#include "experiments/search/start_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(GeneDifference, NamesTheFirst) {
  const std::vector<Gene> genes = testing::plain_genes(3, 2);
  EXPECT_EQ(gene_difference(genes, genes), "");
  EXPECT_EQ(gene_difference(genes, testing::plain_genes(2, 2)), "gene 2 is 'g2' there and missing here");
  EXPECT_EQ(gene_difference({}, genes), "gene 0 is missing there and 'g0' here");
  EXPECT_EQ(gene_difference(genes, testing::plain_genes(3, 3)), "option 2 of gene 'g0' is missing there and '2' here");
  std::vector<Gene> other = genes;
  other[1].name = "width";
  other[2].options[1].name = "wide";
  EXPECT_EQ(gene_difference(genes, other), "gene 1 is 'g1' there and 'width' here");
  other[1].name = "g1";
  EXPECT_EQ(gene_difference(genes, other), "option 1 of gene 'g2' is '1' there and 'wide' here");
  other = genes;
  other[0].weights = {0.1, 0.9};
  EXPECT_EQ(gene_difference(genes, other), "");
}

class StartPoints : public ::testing::Test {
 protected:
  /// Gene `b` counts only where `a` has its second option. Genotypes with c = 2 are over a limit.
  StartPoints() {
    const auto tree = parse_yaml(
        "space: toy\nchoices:\n  a: {choose: [none, {choose: [x, y], name: b}]}\n  c: {choose: [k, l, m]}\n"
        "architectures:\n  plain: {choices: {a: none, c: l}}\n  \"1,1\": {choices: {a: none, c: k}}\n"
        "  open: {choices: {a: none}}\n",
        "toy.yaml");
    NAS_CHECK(tree.ok(), tree.ok() ? "" : tree.error().message);
    auto space = TextSpace::make(*tree);
    NAS_CHECK(space.ok(), space.ok() ? "" : space.error().message);
    space_ = std::move(*space);
  }

  std::vector<Genotype> resolve(const std::vector<std::string>& texts, bool keep_duplicates = false) {
    std::vector<StartPoint> points;
    for (const std::string& text : texts) points.emplace_back().text = text;
    const Screen screen = [](const Genotype& genotype) {
      const bool over = genotype.genes.back() == 2;
      return Screening{over ? Screening::Verdict::OverLimit : Screening::Verdict::Accepted, to_string(genotype), {}};
    };
    std::vector<Genotype> genotypes;
    for (const StartCandidate& start :
         resolve_starts({points, places_, keep_duplicates}, *space_, screen, errors_, notes_)) {
      genotypes.push_back(start.genotype);
    }
    return genotypes;
  }

  std::unique_ptr<TextSpace> space_;
  std::vector<Place> places_;
  std::vector<std::string> errors_;
  std::vector<std::string> notes_;
};

TEST_F(StartPoints, NamesAndGenotypesInTheirOrder) {
  ASSERT_EQ(space_->genes().size(), 3U);
  EXPECT_THAT(resolve({"1,1,0", "plain", "Plain"}), ElementsAre(Genotype{{1, 1, 0}}, Genotype{{0, 0, 1}}));
  EXPECT_THAT(resolve({"1,1"}), ElementsAre(Genotype{{0, 0, 0}})) << "a name that looks like a genotype";
  EXPECT_THAT(resolve({"0,1,1", "0,0,1"}), ElementsAre(Genotype{{0, 0, 1}})) << "equal but for an inactive gene";
  EXPECT_EQ(resolve({"0,0,1", "0,0,1"}, true).size(), 2U);
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(StartPoints, SaysAllThatIsWrong) {
  places_ = {{std::make_shared<const std::string>("e.yaml"), 4, 3}};
  EXPECT_THAT(resolve({"plane", "0,0,3", "0,0", "0,0,2", "open"}), IsEmpty());
  EXPECT_THAT(errors_,
              ElementsAre(HasSubstr("e.yaml:4:3: start_from.0: space 'toy' has no architecture 'plane', did "
                                    "you mean 'plain'?"),
                          HasSubstr("start_from.1: '0,0,3': "), HasSubstr("start_from.2: '0,0': "),
                          HasSubstr("start_from.3: '0,0,2': it is over one of `limits`"), HasSubstr("start_from.4: ")));
}

}  // namespace
}  // namespace nas
