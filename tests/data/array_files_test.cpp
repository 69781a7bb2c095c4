// Tests of IDX and NPY data: what the numbers mean, labels, and what is refused.
#include "saddle/data/array_files.h"

#include "saddle/base/rng.h"
#include "saddle/io/npy.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

std::string idx(const std::vector<uint8_t>& shape, const std::string& body) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (const uint8_t n : shape) bytes += {0, 0, 0, static_cast<char>(n)};
  return bytes + body;
}

/// Evenly coloured images 16 x 16 whose values are 10, 11, ...
std::string idx_images(uint8_t count) {
  std::string body;
  for (uint8_t i = 0; i < count; ++i) body += std::string(256, static_cast<char>(10 + i));
  return idx({count, 16, 16}, body);
}

std::vector<int64_t> counting(int64_t from, int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(from + i);
  return numbers;
}

/// Evenly coloured images [n, 16, 16] whose values are 10, 11, ...
Tensor images(int64_t n) { return (at::arange(n) + 10).view({n, 1, 1}).expand({n, 16, 16}).to(at::kByte).contiguous(); }

std::unique_ptr<Dataset> open_array(const TempFolder& folder, const Tensor& x, const DataOptions& options = {}) {
  write_npy(folder / "x.npy", x.contiguous());
  return open_dataset(folder / "x.npy", options);
}

std::string array_refusal(const TempFolder& folder, const Tensor& x, const DataOptions& options = {}) {
  write_npy(folder / "x.npy", x.contiguous());
  return refusal(folder / "x.npy", options);
}

}  // namespace

TEST(OpenIdx, ReadsImagesAndTheLabelsBesideThem) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte", idx_images(10));
  folder.write("train-labels-idx1-ubyte", idx({10}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 4}));
  const auto data = open_dataset(folder / "train-images-idx3-ubyte", {});
  EXPECT_EQ(all_values(*data), counting(10, 10));
  EXPECT_EQ(data->summary().source, "IDX");
  EXPECT_EQ(data->summary().labels, (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(data->summary().label_counts, (std::vector<int64_t>{3, 3, 3, 0, 1}));
  const auto v = values(*data, Part::train);
  const Tensor labels = data->first(Part::train, 100).labels;
  for (size_t i = 0; i < v.size(); ++i)
    EXPECT_EQ(labels[static_cast<int64_t>(i)].item<int64_t>(), v[i] == 19 ? 4 : (v[i] - 10) % 3);
}

TEST(OpenIdx, DoesWithoutLabelsAndWithAnotherExtension) {
  const TempFolder folder;
  folder.write("images.png", idx_images(4));
  const auto data = open_dataset(folder / "images.png", {});
  EXPECT_EQ(data->summary().count, 4);
  EXPECT_TRUE(data->summary().labels.empty());
  EXPECT_FALSE(data->first(Part::train, 1).labels.defined());
}

TEST(OpenIdx, RefusesLabelsOfAnotherCountAndFilesOfLabels) {
  const TempFolder folder;
  folder.write("a-images-idx3-ubyte", idx_images(10));
  folder.write("a-labels-idx1-ubyte", idx({9}, std::string(9, 1)));
  EXPECT_NE(refusal(folder / "a-images-idx3-ubyte").find("expected 10 labels"), std::string::npos);
  EXPECT_NE(refusal(folder / "a-labels-idx1-ubyte").find("name the file of images"), std::string::npos);
}

TEST(OpenIdx, RefusesMoreThanTheMemoryAndAShortBody) {
  const TempFolder folder;
  folder.write("images", idx_images(10));
  DataOptions options;
  options.memory_bytes = 1000;
  EXPECT_NE(refusal(folder / "images", options).find("images"), std::string::npos);
  folder.write("short", idx({10, 16, 16}, "short"));
  EXPECT_NE(refusal(folder / "short").find("short"), std::string::npos);
}

TEST(OpenNpy, ReadsBytesInEveryLayout) {
  const TempFolder folder;
  const Tensor x = images(10), colour = x.unsqueeze(3).expand({10, 16, 16, 3});
  for (const Tensor& layout : {x, x.unsqueeze(3), x.unsqueeze(1)}) {
    const auto data = open_array(folder, layout);
    EXPECT_EQ(all_values(*data), counting(10, 10));
    EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{1, 16, 16}));
  }
  for (const Tensor& layout : {colour, colour.permute({0, 3, 1, 2})}) {
    const auto data = open_array(folder, layout);
    EXPECT_EQ(all_values(*data), counting(10, 10));
    EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{3, 16, 16}));
  }
}

TEST(OpenNpy, KeepsChannelsAndOrientationOfEveryLayout) {
  const TempFolder folder;
  Rng rng = make_rng(1, "test");
  const Tensor x = at::randint(0, 256, {6, 16, 16, 3}, rng, at::TensorOptions(at::kByte));
  const auto data = open_array(folder, x);
  const Tensor first = data->first(Part::train, 1).x,
               same = open_array(folder, x.permute({0, 3, 1, 2}))->first(Part::train, 1).x;
  EXPECT_TRUE(at::equal(first, same));
  const Tensor bytes = ((first[0] + 1) * 127.5).round().to(at::kByte).permute({1, 2, 0});
  EXPECT_EQ(x.eq(bytes).flatten(1).all(1).sum().item<int64_t>(), 1);
}

TEST(OpenNpy, TellsTheRangeOfFloatsAndSaysIt) {
  const TempFolder folder;
  const Tensor x = images(10).to(at::kFloat);
  struct Case {
    Tensor x;
    std::string remark;
  };
  for (const auto& [values_, remark] : {Case{x / 255, "floats in [0, 1]"}, Case{x / 127.5 - 1, "floats in [-1, 1]"},
                                        Case{x, "floats in [0, 255]"}, Case{x.to(at::kDouble), "floats in [0, 255]"}}) {
    const auto data = open_array(folder, values_);
    EXPECT_EQ(all_values(*data), counting(10, 10)) << remark;
    EXPECT_TRUE(has_problem(data->summary(), remark));
  }
  EXPECT_FALSE(has_problem(open_array(folder, x.to(at::kLong))->summary(), "kept as"));
  EXPECT_NE(array_refusal(folder, x * 2 - 300).find("[-1, 1]"), std::string::npos);
  EXPECT_NE(array_refusal(folder, x.to(at::kLong) * 100).find("got values from"), std::string::npos);
}

TEST(OpenNpy, MasksOfZeroAndOneBecomeBlackAndWhite) {
  const TempFolder folder;
  Tensor x = images(10).remainder(2);
  for (int64_t i = 0; i < 10; ++i) x[i][1][i] = 1 - x[i][1][i];  // equal ones would stay in one part
  const auto data = open_array(folder, x);
  EXPECT_EQ(all_values(*data), (std::vector<int64_t>{0, 0, 0, 0, 0, 255, 255, 255, 255, 255}));
  EXPECT_TRUE(has_problem(data->summary(), "black and white"));
}

TEST(OpenNpy, ReadsPointsOfAnyNumberType) {
  const TempFolder folder;
  const Tensor x = at::arange(60).view({20, 3});
  for (const auto type : {at::kFloat, at::kDouble, at::kLong, at::kByte}) {
    const auto data = open_array(folder, x.to(type));
    EXPECT_EQ(data->summary().kind, "points");
    EXPECT_EQ(data->summary().shape, std::vector<int64_t>{3});
    EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{16, 2, 2}));
    EXPECT_EQ(data->first(Part::train, 1).x.remainder(3).select(1, 1).item<double>(), 1);
  }
}

TEST(OpenNpy, NamesRowAndColumnOfAValueThatIsNotFinite) {
  const TempFolder folder;
  Tensor x = at::zeros({20, 3});
  x[7][2] = NAN;
  EXPECT_NE(array_refusal(folder, x).find("got NaN in row 7, column 2"), std::string::npos);
  x[7][2] = 0;
  x[3][0] = -INFINITY;
  EXPECT_NE(array_refusal(folder, x).find("got infinity in row 3, column 0"), std::string::npos);
  Tensor image = at::zeros({5, 16, 16});
  image[4][1][1] = NAN;
  EXPECT_NE(array_refusal(folder, image).find("in row 4, column 17"), std::string::npos);
  EXPECT_EQ(array_refusal(folder, at::full({20, 2}, 3e38)), "");  // finite, though its sum is not
}

TEST(OpenNpy, PointsOfAnySizeTrainInStandardUnitsAndStayAsTheyAre) {
  const TempFolder folder;
  Rng rng = make_rng(4, "points");
  const Tensor x = randn({500, 1}, rng, at::kCPU, at::kDouble);
  for (const auto& [unit, shift] : {std::pair{30.0, 1.7e9}, {1e200, 0.0}, {1e-310, 0.0}, {1.0, 1e8}}) {
    const Tensor own = x * unit + shift;
    const auto data = open_array(folder, own);
    const Tensor test = data->first(Part::test, 50).x;
    EXPECT_EQ(test.scalar_type(), at::kDouble);
    for (int64_t i = 0; i < 50; ++i) EXPECT_TRUE((own == test[i]).any().item<bool>()) << unit;
    const Tensor z = data->sampler(Part::train, "test")->sample(400).x;
    EXPECT_EQ(z.scalar_type(), at::kFloat);
    EXPECT_NEAR(z.mean().item<double>(), 0, 0.01) << unit;
    EXPECT_NEAR(z.std(false).item<double>(), 1, 0.01) << unit;
  }
}

TEST(OpenNpy, RefusesAColumnThatFloat32WouldSpoilByItsNumberAndCell) {
  const TempFolder folder;
  Rng rng = make_rng(5, "points");
  Tensor x = randn({500, 3}, rng, at::kCPU, at::kDouble);
  x[33][2] = -1e300;
  const std::string refused = array_refusal(folder, x);
  EXPECT_NE(refused.find("got column 2: "), std::string::npos) << refused;
  EXPECT_NE(refused.find("beside -1e+300 in row 33"), std::string::npos) << refused;
}

TEST(OpenNpy, ReadsARowOfNumbersAsPointsOnTheLine) {
  const TempFolder folder;
  const auto data = open_array(folder, at::arange(30));
  EXPECT_EQ(data->summary().kind, "points");
  EXPECT_EQ(data->summary().shape, std::vector<int64_t>{1});
  EXPECT_EQ(data->summary().count, 30);
}

TEST(OpenNpy, KeepsExactCopiesInOnePart) {
  const TempFolder folder;
  Rng rng = make_rng(6, "points");
  const Tensor points = randn({100, 2}, rng), pictures = images(60);
  for (const Tensor& x : {at::cat({points, points, points}), at::cat({pictures, pictures})}) {
    const auto data = open_array(folder, x);
    std::map<double, int> home;
    for (const Part part : {Part::train, Part::select, Part::test}) {
      const Tensor rows = data->first(part, 1000).x.to(at::kDouble).flatten(1);
      for (int64_t i = 0; i < rows.size(0); ++i)
        EXPECT_EQ(home.try_emplace(rows[i][0].item<double>(), static_cast<int>(part)).first->second,
                  static_cast<int>(part));
    }
  }
}

TEST(OpenNpy, ValuesThatRepeatAsADistributionsOwnStandInAllParts) {
  const TempFolder folder;
  const auto data = open_array(folder, at::arange(1000).remainder(4).view({1000, 1}));
  for (const Part part : {Part::train, Part::select, Part::test})
    EXPECT_EQ(std::get<0>(at::_unique(data->first(part, 1000).x)).numel(), 4);
  EXPECT_TRUE(has_problem(data->summary(), "1000 rows equal more than 7 others"));
}

TEST(OpenNpy, TheSplitDoesNotDependOnTheOrderOfRows) {
  const TempFolder folder;
  Rng rng = make_rng(7, "points");
  const Tensor x = randn({200, 2}, rng);
  const auto sum_of_test = [&](const Tensor& rows) {
    return open_array(folder, rows)->first(Part::test, 200).x.sum().item<double>();
  };
  EXPECT_NEAR(sum_of_test(x), sum_of_test(x.flip({0})), 1e-9);
}

TEST(OpenNpy, RefusesShapesThatAreNoData) {
  const TempFolder folder;
  for (const auto& shape :
       std::vector<std::vector<int64_t>>{{5, 16, 16, 2}, {5, 1, 1, 16, 16}, {0, 16, 16}, {0, 2}, {20, 0}})
    EXPECT_NE(array_refusal(folder, at::zeros(shape)).find("expected points [N, d]"), std::string::npos);
  EXPECT_NE(array_refusal(folder, at::zeros({2, 2})).find("at least 3"), std::string::npos);
  DataOptions grouped;
  grouped.group_by_folder = true;
  EXPECT_NE(array_refusal(folder, at::zeros({20, 2}), grouped).find("--group folder"), std::string::npos);
}

TEST(OpenNpy, ResizesAndSaysWhatIsLost) {
  const TempFolder folder;
  DataOptions options;
  options.image_size = 24;
  const auto data = open_array(folder, images(10).narrow(2, 0, 12), options);
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{1, 24, 24}));
  EXPECT_DOUBLE_EQ(data->summary().crop_loss, 0.25);
  EXPECT_TRUE(has_remark(data->summary(), "all images enlarged"));
  EXPECT_EQ(all_values(*data), counting(10, 10));
}

TEST(OpenNpy, AMappedFileGivesTheSameBatches) {
  const TempFolder folder;
  DataOptions options, mapped;
  options.image_size = mapped.image_size = 32;
  mapped.cache_dir = folder.path();
  mapped.memory_bytes = 4000;  // the array, of 2,560 bytes, and nothing more
  const auto a = open_array(folder, images(10), options);
  const auto x = a->sampler(Part::train, "test"),
             y = open_array(folder, images(10), mapped)->sampler(Part::train, "test");
  y->set_state(x->state());
  EXPECT_TRUE(at::equal(x->sample(30).x, y->sample(30).x));
}

TEST(OpenNpy, SamplersTellDataFromOtherData) {
  const TempFolder folder;
  const auto state = open_array(folder, images(10))->sampler(Part::train, "test")->state();
  Tensor changed = images(10);
  changed[9][15][15] = 0;
  EXPECT_THROW(open_array(folder, changed)->sampler(Part::train, "test")->set_state(state), Error);
}

}  // namespace saddle
