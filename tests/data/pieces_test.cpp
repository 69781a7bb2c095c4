// Tests of data in pieces: they are the data set that one array or one folder would be.
#include "saddle/data/pieces.h"

#include <set>

#include "saddle/base/rng.h"
#include "saddle/data/piece_list.h"
#include "saddle/io/npy.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

/// Writes rows of x to as many arrays, from those numbers on, and a list of them.
std::string write_pieces(const TempFolder& folder, const Tensor& x, const std::vector<int64_t>& begins) {
  std::string list = "# pieces\n";
  for (size_t i = 0; i < begins.size(); ++i) {
    const std::string name = "piece" + std::to_string(i) + ".npy";
    const int64_t end = i + 1 < begins.size() ? begins[i + 1] : x.size(0);
    folder.write("pieces/" + name, "");
    write_npy(folder / ("pieces/" + name), x.slice(0, begins[i], end).contiguous());
    list += "\n  pieces/" + name + "\r\n";
  }
  folder.write("all.list", list);
  return folder / "all.list";
}

Tensor noise_images(int64_t n, int64_t channels) {
  Rng rng = make_rng(0, "pieces");
  return at::randint(256, {n, 16, 12, channels}, rng, at::kByte);
}

Tensor few_points(int64_t n) {
  Rng rng = make_rng(1, "pieces");
  Tensor x = randn({n, 3}, rng) * 5 + 100;
  x.slice(0, 0, 40).select(1, 0).fill_(7);
  x[1] = x[0].clone();
  x[n - 1] = x[0].clone();  // a copy in another piece
  return x;
}

/// Everything that a run sees of two data sets.
void expect_same_data(const Dataset& a, const Dataset& b) {
  const DataSummary &x = a.summary(), &y = b.summary();
  EXPECT_EQ(x.count, y.count);
  EXPECT_EQ(x.parts, y.parts);
  EXPECT_EQ(x.shape, y.shape);
  EXPECT_EQ(x.content, y.content);
  EXPECT_EQ(x.labels, y.labels);
  EXPECT_EQ(x.label_content, y.label_content);
  EXPECT_EQ(x.problems, y.problems);
  EXPECT_EQ(x.units.defined(), y.units.defined());
  const bool both = x.units.defined() && y.units.defined();
  EXPECT_TRUE(!both || (at::equal(x.units.center, y.units.center) && at::equal(x.units.scale, y.units.scale)));
  for (const Part part : {Part::train, Part::select, Part::test, Part::steering, Part::reporting}) {
    EXPECT_TRUE(at::equal(a.first(part, 1'000'000).x, b.first(part, 1'000'000).x));
    const auto one = a.sampler(part, "test"), other = b.sampler(part, "test");
    other->set_state(one->state());
    EXPECT_TRUE(at::equal(one->sample(100).x, other->sample(100).x));
  }
}

void expect_as_one(const Tensor& x, const DataOptions& options) {
  const TempFolder folder;
  write_npy(folder / "x.npy", x);
  const std::string list = write_pieces(folder, x, {0, 30, 31});
  const auto one = open_dataset(folder / "x.npy", {});
  expect_same_data(*one, *open_dataset(list, options));
  expect_same_data(*one, *open_dataset(folder / "pieces", options));
}

/// Limits at which everything goes to the mapped file, in blocks of a row.
DataOptions tiny_memory(const TempFolder& folder) {
  DataOptions options;
  options.memory_bytes = 100;
  options.cache_dir = folder.path();
  return options;
}

std::string idx_of(const std::vector<uint8_t>& shape, const std::string& body) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (const uint8_t n : shape) bytes += {0, 0, 0, static_cast<char>(n)};
  return bytes + body;
}

}  // namespace

TEST(Pieces, AreTheArrayThatTheyMakeTogether) {
  expect_as_one(noise_images(100, 3), {});
  expect_as_one(noise_images(100, 1).squeeze(3), {});
  expect_as_one(noise_images(100, 3).permute({0, 3, 1, 2}).contiguous(), {});
  expect_as_one(noise_images(100, 3).to(at::kFloat) / 255, {});
  expect_as_one(few_points(400), {});
  expect_as_one(few_points(400).to(at::kFloat), {});
  expect_as_one((few_points(400) * 1000).to(at::kLong), {});
  expect_as_one(few_points(400).select(1, 1).contiguous(), {});
}

TEST(Pieces, AreTheSameInAMappedFile) {
  const TempFolder cache;
  expect_as_one(noise_images(100, 3), tiny_memory(cache));
  expect_as_one(noise_images(100, 3).permute({0, 3, 1, 2}).contiguous().to(at::kFloat) / 127.5 - 1, tiny_memory(cache));
  expect_as_one(few_points(400), tiny_memory(cache));
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));
}

TEST(Pieces, OneArrayMayExceedTheMemoryToo) {
  const TempFolder folder;
  write_npy(folder / "x.npy", noise_images(100, 3));
  expect_same_data(*open_dataset(folder / "x.npy", {}), *open_dataset(folder / "x.npy", tiny_memory(folder)));
}

TEST(Pieces, OfAFolderStandInNaturalOrder) {
  const TempFolder folder;
  for (const char* name : {"x10.npy", "x9.npy", "x1.npy", "x01.npy", "x.npy", "y2.npy", ".hidden.npy", "x9b.npy"})
    folder.write(name, "");
  std::vector<std::string> names;
  for (const PieceName& piece : list_arrays(folder.path()))
    names.push_back(std::filesystem::path(piece.path).filename());
  EXPECT_EQ(names, (std::vector<std::string>{"x.npy", "x01.npy", "x1.npy", "x9.npy", "x9b.npy", "x10.npy", "y2.npy"}));
}

TEST(Pieces, AFolderWithImagesIsReadAsThese) {
  const TempFolder folder;
  for (int i = 0; i < 4; ++i) folder.write_picture(std::to_string(i) + ".png", 16, 16, 1, 10 + i);
  write_npy(folder / "x.npy", noise_images(10, 3));
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().source, "image folder");
  EXPECT_TRUE(has_problem(data->summary(), "1 file ignored: not named like an image"));
}

TEST(Pieces, FoldersAreOneFolder) {
  const TempFolder folder;
  for (int64_t i = 0; i < 12; ++i) {
    const std::string name = (i % 2 == 0 ? "cats/" : "dogs/") + std::to_string(10 + i) + ".png";
    folder.write_picture("whole/" + name, 16, 16, 1, 10 + i);
    folder.write_picture((i < 6 ? "a/" : "b/") + name, 16, 16, 1, 10 + i);
  }
  folder.write("all.list", "a\nb\n");
  const auto whole = open_dataset(folder / "whole", {}), pieces = open_dataset(folder / "all.list", {});
  EXPECT_EQ(pieces->summary().labels, (std::vector<std::string>{"cats", "dogs"}));
  EXPECT_EQ(all_values(*pieces), all_values(*whole));
  for (const Part part : {Part::train, Part::select, Part::test}) {
    auto a = values(*pieces, part), b = values(*whole, part);
    EXPECT_EQ(std::multiset(a.begin(), a.end()), std::multiset(b.begin(), b.end()));
  }
  const Tensor labels = pieces->first(Part::train, 100).labels;
  const auto shown = values(*pieces, Part::train);
  for (size_t i = 0; i < shown.size(); ++i) EXPECT_EQ(labels[static_cast<int64_t>(i)].item<int64_t>(), shown[i] % 2);
  DataOptions groups;
  groups.group_by_folder = true;
  EXPECT_NE(refusal(folder / "all.list", groups).find("at least 3 groups"), std::string::npos);  // cats and dogs
}

TEST(Pieces, FoldersTakeLabelsFromAFileBesideTheList) {
  const TempFolder folder;
  std::string table = "file,label\n";
  for (int64_t i = 0; i < 8; ++i) {
    const std::string name = std::string(i < 4 ? "a/" : "b/") + std::to_string(i) + ".png";
    folder.write_picture(name, 16, 16, 1, 10 + i);
    table += name + (i % 2 == 0 ? ",even\n" : ",odd\n");
  }
  folder.write("all.list", "a\n" + (folder / "b") + "\n");
  folder.write("labels.csv", table);
  DataOptions options;
  options.labels_file = folder / "labels.csv";
  EXPECT_EQ(open_dataset(folder / "all.list", options)->summary().label_counts, (std::vector<int64_t>{4, 4}));
}

TEST(Pieces, OfIdxBringTheLabelsBesideThem) {
  const TempFolder folder;
  for (int piece = 0; piece < 3; ++piece) {
    const std::string name = "p" + std::to_string(piece);
    std::string body;
    for (int i = 0; i < 10; ++i) body += std::string(256, static_cast<char>(10 + 10 * piece + i));
    folder.write(name + "-images", idx_of({10, 16, 16}, body));
    folder.write(name + "-labels", idx_of({10}, std::string(10, static_cast<char>(piece))));
  }
  folder.write("all.list", "p0-images\np1-images\np2-images");
  const auto data = open_dataset(folder / "all.list", {});
  EXPECT_EQ(data->summary().count, 30);
  EXPECT_EQ(data->summary().labels, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(data->summary().label_counts, (std::vector<int64_t>{10, 10, 10}));
  const Tensor labels = data->first(Part::train, 100).labels;
  const auto shown = values(*data, Part::train);
  for (size_t i = 0; i < shown.size(); ++i)
    EXPECT_EQ(labels[static_cast<int64_t>(i)].item<int64_t>(), shown[i] / 10 - 1);
  std::filesystem::remove(folder / "p1-labels");
  EXPECT_NE(refusal(folder / "all.list").find("all.list: line 2: "), std::string::npos);
}

TEST(Pieces, AreRefusedByLineAndName) {
  const TempFolder folder;
  const auto says = [&](const std::string& list, const std::string& words) {
    folder.write("x.list", list);
    const std::string said = refusal(folder / "x.list");
    EXPECT_TRUE(said.starts_with(folder / "x.list") && said.find(words) != std::string::npos) << said;
  };
  write_npy(folder / "a.npy", noise_images(10, 3));
  write_npy(folder / "grey.npy", noise_images(10, 1));
  write_npy(folder / "floats.npy", noise_images(10, 3).to(at::kFloat));
  write_npy(folder / "none.npy", noise_images(0, 3));
  folder.write("cut.npy", std::string("\x93NUMPY") + std::string("\1\0", 2));
  folder.write("text", "text");
  folder.write("other.list", "a.npy");
  folder.write("empty/x.txt", "text");
  folder.write_picture("photos/a.png", 16, 16, 1, 10);
  says("", "got an empty file");
  says("# nothing\n\n", "got none in 2 lines");
  says("a.npy\n\nb.npy", "line 3: " + (folder / "b.npy") + ": expected a piece of the data, got a path where there is");
  says("a.npy\n./a.npy", "line 2: " + (folder / "./a.npy") + ": expected every piece once, got that of line 1");
  says("a.npy\nphotos", "line 2: " + (folder / "photos") + ": expected an .npy array, as line 1 names, got a folder");
  says("a.npy\ngrey.npy",
       "line 2: " + (folder / "grey.npy") + ": expected rows of the shape [16, 12, 3] of uint8, as in");
  says("a.npy\nfloats.npy", "got rows of the shape [16, 12, 3] of float32");
  says("a.npy\nnone.npy", "line 2: " + (folder / "none.npy") + ": expected an array with numbers in it, got one of");
  says("cut.npy", "line 1: " + (folder / "cut.npy") + ": byte 0: expected the magic number");
  says("a.npy\nother.list", "got another list");
  says("text", "got something else");
  says("photos\nempty", "line 2: " + (folder / "empty") + ": expected a folder with images");
  says(std::string("a\0b", 3), "line 1: expected the path of a piece, got bytes that are no text");
}

}  // namespace saddle
