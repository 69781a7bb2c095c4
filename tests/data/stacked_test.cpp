// Tests of stacks of grey images: what their channels and labels are, their draws, and what is refused.
#include "saddle/data/stacked.h"

#include <cstdlib>
#include <set>

#include "saddle/io/npy.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

std::string big_endian(int64_t n) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((n >> shift) & 255);
  return bytes;
}

/// Writes `count` images 8 x 8 with labels beside them: image i shows i in its first two pixels and its label, i modulo
/// `classes`, in the third.
std::string write_digits(const TempFolder& folder, int64_t count, int64_t classes) {
  std::string pixels, labels;
  for (int64_t i = 0; i < count; ++i) {
    std::string image(64, '\0');
    image[0] = static_cast<char>(i / 256);
    image[1] = static_cast<char>(i % 256);
    image[2] = static_cast<char>(i % classes);
    pixels += image;
    labels += static_cast<char>(i % classes);
  }
  const std::string magic = {0, 0, 8};
  folder.write("digits-images-idx3-ubyte", magic + '\3' + big_endian(count) + big_endian(8) + big_endian(8) + pixels);
  folder.write("digits-labels-idx1-ubyte", magic + '\1' + big_endian(count) + labels);
  return folder / "digits-images-idx3-ubyte";
}

/// A pixel of the first row as the byte that it was. Shapes: result [n, 3].
Tensor pixel(const Batch& batch, int64_t column) {
  return ((batch.x.select(2, 0).select(2, column) + 1) * 127.5).round().to(at::kLong);
}

/// The numbers of the images that stacks are made of. Shapes: [n, 3].
Tensor sources(const Batch& batch) { return 256 * pixel(batch, 0) + pixel(batch, 1); }

std::set<int64_t> as_set(const Tensor& numbers) {
  const Tensor flat = numbers.contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

/// The numbers of the single images of a part.
std::set<int64_t> images_of(const std::string& file, Part part) {
  const Batch all = open_dataset(file, {})->first(part, 1'000'000);
  return as_set(sources({all.x.expand({-1, 3, -1, -1}), {}}));
}

/// KL(q || 1/K) of labels over K modes, and how many modes there are.
std::pair<double, int64_t> reverse_kl(const Tensor& labels, int64_t modes) {
  const Tensor share = at::bincount(labels, {}, modes).to(at::kDouble) / static_cast<double>(labels.numel());
  return {(share * (share * static_cast<double>(modes)).clamp_min(1e-300).log()).sum().item<double>(),
          share.gt(0).sum().item<int64_t>()};
}

}  // namespace

TEST(Stacked, HasThreeImagesAsChannelsAndTheLabelOfTheirLabels) {
  const TempFolder folder;
  const auto data = open_dataset("stacked:" + write_digits(folder, 200, 10), {});
  const DataSummary& s = data->summary();
  EXPECT_EQ(s.shape, (std::vector<int64_t>{3, 8, 8}));
  EXPECT_EQ(s.name, "stacked:" + (folder / "digits-images-idx3-ubyte"));
  ASSERT_EQ(s.labels.size(), 1000);
  EXPECT_EQ(s.labels[730], "7-3-0");
  EXPECT_EQ(s.channel_classes, 10);
  const auto sampler = data->sampler(Part::train, "test");
  for (const Batch& batch : {sampler->sample(500), data->first(Part::train, 20)}) {
    EXPECT_TRUE(batch.x.is_contiguous(at::MemoryFormat::ChannelsLast));
    const Tensor digits = pixel(batch, 2);
    EXPECT_TRUE(at::equal(digits, sources(batch).remainder(10)));  // each channel is one whole image
    EXPECT_TRUE(at::equal(batch.labels, digits.select(1, 0) * 100 + digits.select(1, 1) * 10 + digits.select(1, 2)));
  }
}

TEST(Stacked, CountsAndNamesWhatOnePassHas) {
  const TempFolder folder;
  const auto data = open_dataset("stacked:" + write_digits(folder, 200, 10), {});
  const DataSummary& s = data->summary();
  EXPECT_EQ(s.parts, (std::array<int64_t, 3>{53, 6, 6}));
  EXPECT_EQ(s.count, 65);
  EXPECT_EQ(s.steering, 3);
  EXPECT_EQ(s.reporting, 3);
  EXPECT_EQ(std::accumulate(s.label_counts.begin(), s.label_counts.end(), int64_t{0}), 65);
  EXPECT_EQ(s.channel_label_counts, std::vector<int64_t>(10, 20));
  EXPECT_EQ(data->sampler(Part::train, "test")->count(), 53);
  EXPECT_EQ(data->first(Part::test, 1000).x.size(0), 6);
}

TEST(Stacked, DealsEachImageIntoOneStackOfAPassAndAnewInTheNext) {
  const TempFolder folder;
  const std::string file = write_digits(folder, 300, 10);
  const auto data = open_dataset("stacked:" + file, {});
  const auto sampler = data->sampler(Part::train, "test");
  const Tensor first = sources(sampler->sample(80)), second = sources(sampler->sample(80));
  EXPECT_EQ(as_set(first), images_of(file, Part::train));
  EXPECT_EQ(as_set(second), images_of(file, Part::train));
  std::set<std::vector<int64_t>> stacks;
  for (const Tensor& pass : {first, second})
    for (int64_t i = 0; i < 80; ++i) {
      const Tensor row = pass[i].contiguous();
      stacks.insert({row.const_data_ptr<int64_t>(), row.const_data_ptr<int64_t>() + 3});
    }
  EXPECT_EQ(stacks.size(), 160);
}

TEST(Stacked, StacksNoImageOfAnotherPart) {
  const TempFolder folder;
  const std::string file = write_digits(folder, 300, 10);
  const auto data = open_dataset("stacked:" + file, {});
  for (const Part part : {Part::train, Part::select, Part::test, Part::steering, Part::reporting}) {
    const auto own = images_of(file, part);
    for (const Tensor& found : {sources(data->sampler(part, "test")->sample(200)), sources(data->first(part, 1000))})
      for (const int64_t image : as_set(found)) EXPECT_EQ(own.count(image), 1);
  }
}

TEST(Stacked, DependsOnSeedPartAndPurposeAndGoesOnExactly) {
  const TempFolder folder;
  const std::string name = "stacked:" + write_digits(folder, 200, 10);
  const auto data = open_dataset(name, {}), again = open_dataset(name, {});
  const auto a = data->sampler(Part::train, "test"), b = again->sampler(Part::train, "test");
  const auto other = data->sampler(Part::train, "other");
  EXPECT_TRUE(at::equal(a->sample(30).x, b->sample(30).x));
  EXPECT_FALSE(at::equal(a->sample(30).x, other->sample(30).x));
  const TensorMap state = a->state();
  const Batch next = a->sample(100);  // beyond the pass
  b->set_state(state);
  const Batch resumed = b->sample(100);
  EXPECT_TRUE(at::equal(next.x, resumed.x));
  EXPECT_TRUE(at::equal(next.labels, resumed.labels));
  EXPECT_TRUE(at::equal(data->first(Part::test, 4).x, again->first(Part::test, 4).x));
}

TEST(Stacked, HasAllModesAtRandomInManyDraws) {
  // 26,000 draws of 1,000 modes: KL has the mean 999 / 52,000 = 0.0192 and the standard deviation 0.00086; passes over
  // 8,000 images change neither by a hundredth. Within 4 of them, false alarm 6e-5; a mode is missing with 5e-9.
  const TempFolder folder;
  const auto data = open_dataset("stacked:" + write_digits(folder, 10'000, 10), {});
  const auto [kl, modes] = reverse_kl(data->sampler(Part::train, "test")->sample(26'000).labels, 1000);
  EXPECT_EQ(modes, 1000);
  EXPECT_NEAR(kl, 0.0192, 4 * 0.00086);
}

TEST(Stacked, GivesTheSingleImagesToAClassifier) {
  const TempFolder folder;
  const std::string file = write_digits(folder, 200, 10);
  const auto single = open_dataset("stacked:" + file, {})->channel_sampler(Part::train, "classifier");
  ASSERT_NE(single, nullptr);
  EXPECT_EQ(single->shape(), (std::vector<int64_t>{1, 8, 8}));
  const Batch all = single->sample(single->count());
  EXPECT_EQ(all.x.size(0), 160);
  EXPECT_TRUE(at::equal(all.labels, pixel(all, 2).select(1, 0)));
  EXPECT_EQ(open_dataset(file, {})->channel_sampler(Part::train, "classifier"), nullptr);
}

TEST(Stacked, DoesWithoutLabels) {
  const TempFolder folder;
  Rng rng = make_rng(3, "test");
  write_npy(folder / "x.npy", rand({100, 8, 8}, rng));
  const auto data = open_dataset("stacked:" + (folder / "x.npy"), {});
  EXPECT_FALSE(data->first(Part::train, 5).labels.defined());
  EXPECT_FALSE(data->sampler(Part::train, "test")->sample(5).labels.defined());
  EXPECT_TRUE(data->summary().labels.empty());
  EXPECT_EQ(data->summary().channel_classes, 0);
}

TEST(Stacked, GivesNoLabelsToTooManyModes) {
  const TempFolder folder;
  const auto data = open_dataset("stacked:" + write_digits(folder, 300, 47), {});
  EXPECT_TRUE(data->summary().labels.empty());
  EXPECT_TRUE(has_remark(data->summary(), "47 classes"));
  EXPECT_FALSE(data->sampler(Part::train, "test")->sample(5).labels.defined());
}

TEST(Stacked, RefusesWhatIsNoGreyImages) {
  const TempFolder folder;
  Rng rng = make_rng(1, "test");
  write_npy(folder / "colour.npy", rand({40, 8, 8, 3}, rng));
  write_npy(folder / "points.npy", rand({40, 2}, rng));
  write_npy(folder / "few.npy", rand({20, 8, 8}, rng));
  EXPECT_NE(refusal("stacked:" + (folder / "colour.npy")).find("expected grey images to stack, got 3 channels"),
            std::string::npos);
  EXPECT_NE(refusal("stacked:" + (folder / "points.npy")).find("expected grey images to stack, got points"),
            std::string::npos);
  EXPECT_NE(refusal("stacked:" + (folder / "few.npy")).find("at least three images in train, in test and in either"),
            std::string::npos);
  EXPECT_NE(refusal("stacked:").find("expected stacked:DATA, got no DATA"), std::string::npos);
  EXPECT_NE(refusal("stacked:" + (folder / "nothing")).find("a path where there is nothing"), std::string::npos);
  EXPECT_NE(refusal("stacked:stacked:" + (folder / "few.npy")), "");
}

TEST(Stacked, TakesTheGreyOfColourWhereAskedAndWhereARunWasMadeSo) {
  const TempFolder folder;
  Rng rng = make_rng(2, "test");
  write_npy(folder / "colour.npy", rand({60, 8, 8, 3}, rng));
  DataOptions grey, rgb;
  grey.channels = "grey";
  rgb.channels = "rgb";
  const std::string name = "stacked:" + (folder / "colour.npy");
  EXPECT_TRUE(
      at::equal(open_dataset(name, grey)->first(Part::train, 9).x, open_dataset(name, rgb)->first(Part::train, 9).x));
}

TEST(Stacked, StacksDigits) {
  const char* folder = std::getenv("SADDLE_TEST_DATA");
  const std::string file = folder == nullptr ? "" : std::string(folder) + "/mnist-t10k/t10k-images-idx3-ubyte";
  std::string found;
  for (const std::string& name : {file, file + ".gz"})
    if (!file.empty() && std::filesystem::exists(name)) found = name;
  if (found.empty()) GTEST_SKIP() << "SADDLE_TEST_DATA names no folder with mnist-t10k";
  const auto data = open_dataset("stacked:" + found, {});
  EXPECT_EQ(data->summary().labels.size(), 1000);
  EXPECT_EQ(data->summary().count, 3332);
  // digits are not equally frequent, which adds 3 KL(digits || 1/10) = 0.005
  const auto [kl, modes] = reverse_kl(data->sampler(Part::train, "test")->sample(26'000).labels, 1000);
  EXPECT_EQ(modes, 1000);
  EXPECT_NEAR(kl, 0.0192 + 0.005, 0.004);
}

TEST(PathOfData, IsWhatIsReadFromTheDisk) {
  EXPECT_EQ(path_of_data("a/b"), "a/b");
  EXPECT_EQ(path_of_data("stacked:a/b"), "a/b");
  EXPECT_EQ(path_of_data("builtin:ring"), "");
  EXPECT_EQ(path_of_data("stacked:builtin:faces"), "");
  EXPECT_EQ(absolute_data("stacked:builtin:faces"), "stacked:builtin:faces");
  EXPECT_EQ(absolute_data("stacked:/a/../b"), "stacked:/b");
}

}  // namespace saddle
