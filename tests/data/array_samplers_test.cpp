// Tests of what several processes draw of one batch.
#include "saddle/data/array_samplers.h"

#include "saddle/base/rng.h"
#include "saddle/io/npy.h"
#include "tests/data/temp_folder.h"

namespace saddle {

TEST(ArraySamplers, PartsOfABatchAreThoseOfTheWhole) {
  const TempFolder folder;
  Rng rng = make_rng(0, "pictures");
  write_npy(folder / "x.npy", at::randint(256, {120, 16, 12, 1}, rng, at::kByte));
  std::string labels = "label\n";
  for (int i = 0; i < 120; ++i) labels += std::to_string(i % 7 == 0 ? 1 : 0) + "\n";
  folder.write("labels.csv", labels);
  DataOptions options;
  options.labels_file = folder / "labels.csv";
  options.augment = "flip";
  const auto data = open_dataset(folder / "x.npy", options), stacks = open_dataset("stacked:" + (folder / "x.npy"), {});
  std::string table = "kind,x\n";  // with values that repeat, which are spread by their places in the batch
  for (int i = 0; i < 300; ++i) table += std::string(i % 5 == 0 ? "a," : "b,") + std::to_string(i % 90) + ".5\n";
  folder.write("x.csv", table);
  DataOptions conditioned;
  conditioned.condition = {"kind"};
  const auto rows = open_dataset(folder / "x.csv", conditioned);
  const auto makers = std::vector<std::function<std::unique_ptr<Sampler>()>>{
      [&] { return data->sampler(Part::train, "test"); }, [&] { return data->even_sampler(Part::train, "test"); },
      [&] { return stacks->sampler(Part::train, "test"); }, [&] { return rows->sampler(Part::train, "test"); },
      [&] { return rows->even_sampler(Part::train, "test"); }};
  for (const auto& make : makers) {
    const auto whole = make(), part = make();
    for (int step = 0; step < 12; ++step) {  // over the ends of epochs
      const Batch all = whole->sample(32), some = part->sample_part(32, 8 * (step % 4), 8);
      EXPECT_TRUE(at::equal(all.x.narrow(0, 8 * (step % 4), 8), some.x));
      EXPECT_EQ(all.labels.defined(), some.labels.defined());
      EXPECT_TRUE(!all.labels.defined() || at::equal(all.labels.narrow(0, 8 * (step % 4), 8), some.labels));
    }
    for (const auto& [name, tensor] : whole->state()) EXPECT_TRUE(at::equal(tensor, part->state().at(name))) << name;
  }
}

}  // namespace saddle
