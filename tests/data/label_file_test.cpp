// Tests of label files: what they may look like, and what is refused.
#include "saddle/data/label_file.h"

#include "saddle/base/error.h"
#include "saddle/io/npy.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

constexpr int64_t kBytes = 1'000'000;

std::vector<int64_t> label_numbers(const Labels& labels) {
  const auto* first = labels.numbers.const_data_ptr<int64_t>();
  return {first, first + labels.numbers.numel()};
}

std::string label_refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST(ReadFileLabels, FindsFilesByTheirPathsWithOrWithoutEnding) {
  const TempFolder folder;
  folder.write("labels.csv", "file,label\n./b/2.png,dog\na/1,cat\n\"x, y.png\",cat\nother.png,owl\n");
  const Labels labels = read_file_labels(folder / "labels.csv", "pets", {"a/1.jpg", "b/2.png", "x, y.png"});
  EXPECT_EQ(labels.names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(label_numbers(labels), (std::vector<int64_t>{0, 1, 0}));
  EXPECT_NE(labels.remark.find("1 label of a file that is no image of pets"), std::string::npos);
}

TEST(ReadFileLabels, OrdersNumbersByTheirSize) {
  const TempFolder folder;
  folder.write("labels.tsv", "file\tlabel\na\t10\nb\t9\nc\t-1\n");
  const Labels labels = read_file_labels(folder / "labels.tsv", "pets", {"a", "b", "c"});
  EXPECT_EQ(labels.names, (std::vector<std::string>{"-1", "9", "10"}));
  EXPECT_EQ(label_numbers(labels), (std::vector<int64_t>{2, 1, 0}));
}

TEST(ReadRowLabels, TakesAColumnRowsOrAnArray) {
  const TempFolder folder;
  folder.write("column.csv", "label\ndog\ncat\ndog\n");
  folder.write("rows.csv", "row,label\n2,dog\n0,dog\n1,cat\n");
  for (const char* file : {"column.csv", "rows.csv"}) {
    const Labels labels = read_row_labels(folder / file, 3, kBytes);
    EXPECT_EQ(labels.names, (std::vector<std::string>{"cat", "dog"})) << file;
    EXPECT_EQ(label_numbers(labels), (std::vector<int64_t>{1, 0, 1})) << file;
  }
  write_npy(folder / "labels.npy", at::tensor({7, 3, 7}, at::kLong));
  const Labels labels = read_row_labels(folder / "labels.npy", 3, kBytes);
  EXPECT_EQ(labels.names, (std::vector<std::string>{"3", "7"}));
  EXPECT_EQ(label_numbers(labels), (std::vector<int64_t>{1, 0, 1}));
}

TEST(ReadRowLabels, RefusesWhatDoesNotSayEachRowsLabel) {
  const TempFolder folder;
  const auto of = [&](const std::string& text, const std::string& name = "labels.csv") {
    folder.write(name, text);
    return label_refusal([&] { read_row_labels(folder / name, 3, kBytes); });
  };
  EXPECT_NE(of("label\na\nb\n").find("expected 3 labels below the header, one for each image, got 2"),
            std::string::npos);
  EXPECT_NE(of("row,label\n0,a\n2,b\n").find("got none for 1, the first: 1"), std::string::npos);
  EXPECT_NE(of("row,label\n0,a\n3,b\n").find("expected rows from 0 to 2 in the first column, got '3'"),
            std::string::npos);
  EXPECT_NE(of("a,b,c\n1,2,3\n").find("got 3 columns"), std::string::npos);
  write_npy(folder / "few.npy", at::tensor({1, 2}, at::kLong));
  EXPECT_NE(label_refusal([&] {
              read_row_labels(folder / "few.npy", 3, kBytes);
            }).find("expected a list of 3 whole numbers, one label an image, got Long [2]"),
            std::string::npos);
  write_npy(folder / "parts.npy", at::tensor({0.5, 1.0, 2.0}, at::kDouble));
  EXPECT_NE(label_refusal([&] { read_row_labels(folder / "parts.npy", 3, kBytes); }).find("got Double [3]"),
            std::string::npos);
  EXPECT_NE(label_refusal([&] { read_row_labels(folder / "none.csv", 3, kBytes); }).find("where there is no file"),
            std::string::npos);
}

TEST(LabelsFile, ReplacesWhatTheDataBring) {
  const TempFolder folder;
  std::string lines = "file,label\n";
  for (int64_t i = 0; i < 6; ++i) {
    const std::string name = (i < 3 ? "a/" : "b/") + std::to_string(i);
    folder.write_picture(name + ".png", 20, 20, 1, 10 + i);
    lines += name + "," + (i % 2 == 0 ? "even" : "odd") + "\n";
  }
  folder.write("labels.csv", lines);
  DataOptions options;
  options.labels_file = folder / "labels.csv";
  const auto with = open_dataset(folder.path(), options), without = open_dataset(folder.path(), {});
  EXPECT_EQ(with->summary().labels, (std::vector<std::string>{"even", "odd"}));
  EXPECT_EQ(with->summary().label_counts, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(without->summary().labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(with->summary().content, without->summary().content);
  EXPECT_NE(with->summary().label_content, without->summary().label_content);
  EXPECT_NE(
      label_refusal([&] { open_dataset("builtin:moons", options); }).find("expected files of images for --labels"),
      std::string::npos);
}

}  // namespace saddle
