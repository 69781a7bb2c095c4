// Tests of image folders: what is found, how it is prepared, and what is refused.
#include "saddle/data/image_folder.h"

#include "saddle/base/rng.h"

#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

/// Writes `count` grey pictures of 20 x 20 pixels whose values are 10, 11, ...
void write_pictures(const TempFolder& folder, int64_t count, const std::string& prefix = "") {
  for (int64_t i = 0; i < count; ++i) folder.write_picture(prefix + std::to_string(i) + ".png", 20, 20, 1, 10 + i);
}

std::vector<int64_t> counting(int64_t from, int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(from + i);
  return numbers;
}

}  // namespace

TEST(ImageFolder, ReadsEveryImageOnceAndSplitsThem) {
  const TempFolder folder;
  write_pictures(folder, 20);
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().source, "image folder");
  EXPECT_EQ(data->summary().count, 20);
  EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{16, 2, 2}));
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{1, 20, 20}));
  EXPECT_EQ(all_values(*data), counting(10, 20));
  EXPECT_TRUE(data->summary().labels.empty());
}

TEST(ImageFolder, SkipsHiddenFilesAndCountsThoseThatAreNoImages) {
  const TempFolder folder;
  write_pictures(folder, 5);
  folder.write_picture("._1.png", 20, 20, 1, 99);
  folder.write_picture(".thumbnails/1.png", 20, 20, 1, 98);
  folder.write("notes.txt", "text");
  folder.write("Thumbs.db", "");
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(all_values(*data), counting(10, 5));
  EXPECT_TRUE(has_problem(data->summary(), "2 files ignored"));
}

TEST(ImageFolder, ReadsByContentWhereTheExtensionLies) {
  const TempFolder folder;
  write_pictures(folder, 4);
  std::filesystem::rename(folder / "0.png", folder / "0.jpg");
  folder.write("pgm.png", "P5 4 4 255\n" + std::string(16, 'x'));
  EXPECT_EQ(open_dataset(folder.path(), {})->summary().count, 5);
}

TEST(ImageFolder, NestedFoldersAreLabels) {
  const TempFolder folder;
  write_pictures(folder, 6, "cats/");
  write_pictures(folder, 3, "<script>/deep/");
  const auto data = open_dataset(folder / "", {});
  EXPECT_EQ(data->summary().labels, (std::vector<std::string>{"<script>/deep", "cats"}));
  EXPECT_EQ(data->summary().label_counts, (std::vector<int64_t>{3, 6}));
  const Batch batch = data->first(Part::train, 100);
  EXPECT_GE(batch.labels.min().item<int64_t>(), 0);
  EXPECT_LE(batch.labels.max().item<int64_t>(), 1);
}

TEST(ImageFolder, OneFolderInsideAnotherIsNoLabel) {
  const TempFolder folder;
  write_pictures(folder, 6, "all/");
  EXPECT_TRUE(open_dataset(folder.path(), {})->summary().labels.empty());
}

TEST(ImageFolder, LoopsOfLinksEndAndALinkedFolderIsReadOnce) {
  const TempFolder folder, elsewhere;
  write_pictures(folder, 4, "a/");
  elsewhere.write_picture("x.png", 20, 20, 1, 50);
  std::filesystem::create_directory_symlink(folder.path(), folder / "a/loop");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "b");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "c");
  EXPECT_EQ(all_values(*open_dataset(folder.path(), {})), (std::vector<int64_t>{10, 11, 12, 13, 50}));
}

TEST(ImageFolder, TheSplitFollowsThePixelsAndNotTheNames) {
  const TempFolder one, other;
  for (int64_t i = 0; i < 30; ++i) {
    one.write_picture(std::to_string(i) + ".png", 20, 20, 1, 10 + i);
    other.write_picture("z" + std::to_string(100 - i) + ".png", 20, 20, 1, 10 + i);
  }
  const auto a = open_dataset(one.path(), {}), b = open_dataset(other.path(), {});
  for (const Part part : {Part::train, Part::select, Part::test}) {
    auto x = values(*a, part), y = values(*b, part);
    std::sort(x.begin(), x.end());
    std::sort(y.begin(), y.end());
    EXPECT_EQ(x, y);
  }
  DataOptions other_seed;
  other_seed.seed = 3;
  EXPECT_NE(values(*a, Part::select), values(*open_dataset(one.path(), other_seed), Part::select));
}

TEST(ImageFolder, ExactCopiesStayInOnePartAndAreReported) {
  const TempFolder folder;
  for (int64_t i = 0; i < 20; ++i)
    for (const char* copy : {"a", "b"}) folder.write_picture(std::to_string(i) + copy + ".png", 20, 20, 1, 10 + i);
  const auto data = open_dataset(folder.path(), {});
  EXPECT_TRUE(has_problem(data->summary(), "20 images more than once: exact copies, kept in one part"));
  for (const Part part : {Part::train, Part::select, Part::test}) {
    const auto v = values(*data, part);
    for (const int64_t value : v) EXPECT_EQ(std::count(v.begin(), v.end(), value), 2);
  }
}

TEST(ImageFolder, GroupByFolderKeepsFoldersTogether) {
  const TempFolder folder;
  for (int64_t person = 0; person < 10; ++person)
    for (int64_t i = 0; i < 3; ++i)
      folder.write_picture("p" + std::to_string(person) + "/" + std::to_string(i) + ".png", 20, 20, 1, 20 * person + i);
  DataOptions options;
  options.group_by_folder = true;
  const auto data = open_dataset(folder.path(), options);
  EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{24, 3, 3}));
  for (const Part part : {Part::select, Part::test}) {
    const auto v = values(*data, part);
    for (const int64_t value : v) EXPECT_EQ(value / 20, v[0] / 20);
  }
  folder.write_picture("flat/1.png", 20, 20, 1, 250);
  EXPECT_NE(refusal(folder / "flat", options).find("--group folder"), std::string::npos);
}

TEST(ImageFolder, MixedGreyAndColourBecomesColourAndIsSaid) {
  const TempFolder folder;
  write_pictures(folder, 5);
  folder.write("red.png", encode_png(at::tensor({200, 0, 0}, at::kByte).expand({20, 20, 3}).contiguous()));
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{3, 20, 20}));
  EXPECT_TRUE(has_problem(data->summary(), "5 grey and 1 in colour, all made rgb"));
  DataOptions grey;
  grey.channels = "grey";
  EXPECT_EQ(all_values(*open_dataset(folder.path(), grey)),
            (std::vector<int64_t>{10, 11, 12, 13, 14, 60}));  // 0.299 x 200
}

TEST(ImageFolder, CutsTheCentralSquareAndSaysWhatIsLost) {
  const TempFolder folder;
  for (int64_t i = 0; i < 4; ++i) {
    Tensor wide = at::zeros({20, 40, 1}, at::kByte);
    wide.narrow(1, 10, 20).fill_(100 + i);
    folder.write(std::to_string(i) + ".png", encode_png(wide));
  }
  DataOptions options;
  EXPECT_EQ(open_dataset(folder.path(), options)->summary().shape, (std::vector<int64_t>{1, 20, 40}));
  options.crop = "square";
  const auto data = open_dataset(folder.path(), options);
  EXPECT_EQ(all_values(*data), counting(100, 4));
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{1, 20, 20}));
  EXPECT_DOUBLE_EQ(data->summary().crop_loss, 0.5);
  EXPECT_EQ(data->summary().smallest_width, 40);
  EXPECT_EQ(data->summary().largest_height, 20);
}

TEST(ImageFolder, ImagesOfOneSizeComeAsTheyAre) {
  const TempFolder folder;
  Rng rng = make_rng(1, "test");
  const Tensor pictures = at::randint(0, 256, {12, 31, 9, 3}, rng, at::TensorOptions(at::kByte));
  for (int64_t i = 0; i < 12; ++i) folder.write(std::to_string(i) + ".png", encode_png(pictures[i]));
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{3, 31, 9}));
  EXPECT_TRUE(data->summary().remarks.empty());
  const Tensor found = image_bytes(data->first(Part::train, 1).x)[0];
  EXPECT_TRUE(pictures.eq(found).flatten(1).all(1).any().item<bool>());
}

TEST(ImageFolder, SaysWhatTransparencyIsLaidOnAndKeepsItWhereAsked) {
  const TempFolder folder;
  for (int64_t i = 0; i < 6; ++i) {
    const std::vector<int64_t> colour = {20 + i, 0, 0, i == 5 ? 255 : 51};
    folder.write(std::to_string(i) + ".png",
                 encode_png(at::tensor(colour).to(at::kByte).expand({9, 9, 4}).contiguous()));
  }
  DataOptions options;
  const auto white = open_dataset(folder.path(), options);
  EXPECT_TRUE(has_remark(white->summary(), "5 images with transparency, laid on white (--background COLOUR"));
  EXPECT_EQ(all_values(*white), (std::vector<int64_t>{25, 208, 208, 208, 209, 209}));
  options.background = {0, 128, 0};
  EXPECT_TRUE(has_remark(open_dataset(folder.path(), options)->summary(), "laid on #008000"));
  options.channels = "rgba";
  const auto kept = open_dataset(folder.path(), options);
  EXPECT_TRUE(has_remark(kept->summary(), "5 images with transparency, kept as a fourth channel"));
  EXPECT_EQ(kept->summary().shape, (std::vector<int64_t>{4, 9, 9}));
  EXPECT_EQ(all_values(*kept), (std::vector<int64_t>{4, 4, 4, 5, 5, 25}));  // multiplied by 51 / 255
}

TEST(ImageFolder, TheNumbersOf16BitImagesTellTheirRange) {
  const TempFolder folder;
  const auto deep = [](int64_t value) {
    std::string bytes = "P5 9 9 65535\n";
    for (int i = 0; i < 81; ++i) (bytes += static_cast<char>(value >> 8)) += static_cast<char>(value & 255);
    return bytes;
  };
  for (int64_t i = 0; i < 4; ++i) folder.write(std::to_string(i) + ".pgm", deep(1000 * i + 17));
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().white, 4095);
  EXPECT_TRUE(has_remark(data->summary(), "16-bit images hold numbers up to 3017: 4095 is taken for white"));
  EXPECT_EQ(all_values(*data), (std::vector<int64_t>{1, 63, 126, 188}));
  folder.write("5.pgm", deep(65535));
  EXPECT_EQ(open_dataset(folder.path(), {})->summary().white, 65535);
}

TEST(ImageFolder, ReadsJpegEndingsAndFilesThatAreImagesByContent) {
  const TempFolder folder;
  write_pictures(folder, 5);
  std::filesystem::rename(folder / "0.png", folder / "0.jfif");
  std::filesystem::rename(folder / "1.png", folder / "1.dat");
  std::filesystem::rename(folder / "2.png", folder / "2");
  folder.write("notes", "\x89PN");
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(all_values(*data), counting(10, 5));
  EXPECT_TRUE(has_remark(data->summary(), "2 files read by content"));
  EXPECT_TRUE(has_problem(data->summary(), "1 file ignored"));
}

TEST(ImageFolder, EqualImagesAreNamedForWhatTheyAre) {
  const TempFolder folder;
  for (int64_t i = 0; i < 60; ++i) folder.write_picture(std::to_string(i) + ".png", 20, 20, 1, 9);
  EXPECT_NE(refusal(folder.path()).find("got 60 copies of one"), std::string::npos);
}

TEST(ImageFolder, FewFoldersComeAsNearAsTheyCanAndThatIsSaid) {
  const TempFolder folder;
  int64_t value = 0;
  for (const int64_t count : {5, 3, 2, 10})
    for (int64_t i = 0; i < count; ++i)
      folder.write_picture(std::to_string(count) + "/" + std::to_string(i) + ".png", 20, 20, 1, value++);
  DataOptions options;
  options.group_by_folder = true;
  const auto data = open_dataset(folder.path(), options);
  EXPECT_EQ(data->summary().parts[0], 15);
  EXPECT_TRUE(
      has_problem(data->summary(), "% of the images instead of 80, 10 and 10: as near as 4 whole folders come"));
}

TEST(ImageFolder, OnePixelImagesAreEnlargedAndSaid) {
  const TempFolder folder;
  for (int64_t i = 0; i < 4; ++i) folder.write_picture(std::to_string(i) + ".png", 1, 1, 1, 30 + i);
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(all_values(*data), counting(30, 4));
  EXPECT_TRUE(has_remark(data->summary(), "all images enlarged"));
}

TEST(ImageFolder, BadFilesAreNamedOrSkippedWhereAsked) {
  const TempFolder folder;
  write_pictures(folder, 6);
  folder.write("empty.png", "");
  std::string cut = encode_png(at::arange(1200).remainder(251).to(at::kByte).view({20, 20, 3}));
  folder.write("truncated.png", cut.substr(0, cut.size() / 2));
  folder.write("text.jpg", "this is no image");
  std::filesystem::create_symlink("nowhere", folder / "link.png");
  const std::string refused = refusal(folder.path());
  EXPECT_NE(refused.find(folder / "empty.png"), std::string::npos) << refused;  // the first in order
  EXPECT_NE(refused.find("--skip-bad"), std::string::npos);
  DataOptions options;
  options.skip_bad = true;
  const auto data = open_dataset(folder.path(), options);
  EXPECT_EQ(all_values(*data), counting(10, 6));
  EXPECT_EQ(data->summary().count, 6);
  EXPECT_TRUE(has_problem(data->summary(), "4 of 10 files skipped"));
  for (const char* name : {"empty.png", "truncated.png", "text.jpg", "link.png"})
    EXPECT_TRUE(has_problem(data->summary(), folder / name)) << name;
}

TEST(ImageFolder, RefusesAFolderWhereEveryFileIsBad) {
  const TempFolder folder;
  for (int64_t i = 0; i < 4; ++i) folder.write(std::to_string(i) + ".png", "");
  DataOptions options;
  options.skip_bad = true;
  EXPECT_NE(refusal(folder.path(), options).find("0.png"), std::string::npos);
}

TEST(ImageFolder, RefusesAnImageThatClaimsMoreThanMaxPixels) {
  const TempFolder folder;
  write_pictures(folder, 4);
  DataOptions options;
  options.max_pixels = 399;
  EXPECT_NE(refusal(folder.path(), options).find("--max-pixels"), std::string::npos);
}

TEST(ImageFolder, RefusesWhatHoldsNoImages) {
  const TempFolder folder;
  EXPECT_EQ(refusal(folder.path()),
            folder.path() + ": expected a folder with images (PNG, JPEG, WebP, PGM, PPM), got an empty one");
  folder.write("a.txt", "text");
  EXPECT_NE(refusal(folder.path()).find("none among 1 file"), std::string::npos);
  write_pictures(folder, 2);
  EXPECT_NE(refusal(folder.path()).find("at least 3"), std::string::npos);
}

TEST(ImageFolder, SmallDataLeaveOneImageAPartAndAWarning) {
  const TempFolder folder;
  write_pictures(folder, 3);
  const auto data = open_dataset(folder.path(), {});
  EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{1, 1, 1}));
  EXPECT_TRUE(has_problem(data->summary(), "small data"));
}

TEST(ImageFolder, WorkersAndAMappedFileGiveTheSameBatches) {
  const TempFolder folder, cache;
  write_pictures(folder, 40);
  DataOptions one, many;
  one.workers = 1;
  many.workers = 4;
  many.memory_bytes = 0;  // all goes to the mapped file
  many.cache_dir = cache.path();
  const auto a = open_dataset(folder.path(), one), b = open_dataset(folder.path(), many);
  EXPECT_TRUE(at::equal(a->first(Part::train, 40).x, b->first(Part::train, 40).x));
  const auto x = a->sampler(Part::train, "test"), y = b->sampler(Part::train, "test");
  y->set_state(x->state());  // the same data, so the same fingerprint
  for (int64_t i = 0; i < 5; ++i) EXPECT_TRUE(at::equal(x->sample(17).x, y->sample(17).x));
  EXPECT_TRUE(std::filesystem::is_empty(cache.path()));  // nothing is left to clean up
}

TEST(ImageFolder, RefusesACacheFolderThatIsNotThere) {
  const TempFolder folder;
  write_pictures(folder, 4);
  DataOptions options;
  options.memory_bytes = 0;
  options.cache_dir = folder / "nowhere";
  EXPECT_NE(refusal(folder.path(), options).find(folder / "nowhere"), std::string::npos);
}

TEST(ImageFolder, ItsSamplersRefuseTheStateOfAnotherFolder) {
  const TempFolder folder;
  write_pictures(folder, 10);
  const auto before = open_dataset(folder.path(), {})->sampler(Part::train, "test")->state();
  folder.write_picture("new.png", 20, 20, 1, 77);
  EXPECT_THROW(open_dataset(folder.path(), {})->sampler(Part::train, "test")->set_state(before), Error);
}

TEST(ImageFolder, ReportsItsProgress) {
  const TempFolder folder;
  write_pictures(folder, 5);
  DataOptions options;
  int64_t last = 0;
  options.progress = [&](int64_t done, int64_t total) { last = 100 * done + total; };
  open_dataset(folder.path(), options);
  EXPECT_EQ(last, 505);
}

TEST(OpenDataset, SaysWhatToDoAboutAPathThatIsNoData) {
  const TempFolder folder;
  folder.write("file.bin", "0123456789");
  write_pictures(folder, 1);
  EXPECT_NE(refusal(folder / "nowhere").find("there is nothing"), std::string::npos);
  EXPECT_NE(refusal(folder / "file.bin").find("expected the names of the columns"), std::string::npos);
  EXPECT_NE(refusal(folder / "0.png").find("name its folder"), std::string::npos);
  EXPECT_NE(refusal("").find("there is nothing"), std::string::npos);
  EXPECT_NE(refusal("faces").find("builtin:faces"), std::string::npos);
  EXPECT_NE(refusal("/dev/null").find("a device"), std::string::npos);
}

}  // namespace saddle
