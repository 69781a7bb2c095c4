// Tests of the built-in data.
#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/data/dataset.h"
#include "saddle/distributions/faces.h"
#include "saddle/io/hash.h"
#include "tests/data/temp_folder.h"

namespace saddle {
namespace {

DataOptions few_faces() {
  DataOptions options;
  options.builtin_count = 50;
  options.seed = 4;
  return options;
}

std::string message(const std::string& data, const DataOptions& options = {}) {
  try {
    open_dataset(data, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(BuiltinFaces, SplitTheirCountAndGiveColourImages) {
  const auto data = open_dataset("builtin:faces", few_faces());
  EXPECT_EQ(data->summary().parts, (std::array<int64_t, 3>{40, 5, 5}));
  EXPECT_EQ(data->summary().shape, (std::vector<int64_t>{3, 32, 32}));
  EXPECT_EQ(data->summary().kind, "images");
}

TEST(BuiltinFaces, HoldTheFacesOfTheirSeed) {
  DataOptions options = few_faces();
  options.workers = 3;
  options.image_size = 16;
  const auto data = open_dataset("builtin:faces", options);
  Tensor all =
      at::cat({data->first(Part::train, 50).x, data->first(Part::select, 50).x, data->first(Part::test, 50).x});
  all = ((all + 1) * 127.5).round().to(at::kByte).permute({0, 2, 3, 1});
  for (int64_t i = 0; i < 50; ++i)
    EXPECT_EQ(all.eq(render_face(face_factors(4, i), 16)).flatten(1).all(1).sum().item<int64_t>(), 1) << i;
}

TEST(BuiltinFaces, AreTheSamePicturesInEveryVersion) {
  const Tensor x = open_dataset("builtin:faces", few_faces())->first(Part::train, 40).x;
  const Tensor bytes = ((x + 1) * 127.5).round().to(at::kByte).contiguous();
  const std::string_view text(reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>()),
                              static_cast<size_t>(bytes.numel()));
  EXPECT_EQ(hash_bytes(text, 0), 9308701672973911159U);
}

TEST(BuiltinFaces, AreGreyWhereAsked) {
  DataOptions options = few_faces();
  options.channels = "grey";
  EXPECT_EQ(open_dataset("builtin:faces", options)->summary().shape, (std::vector<int64_t>{1, 32, 32}));
}

TEST(BuiltinFaces, ReportTheirProgress) {
  DataOptions options = few_faces();
  int64_t last = 0;
  options.progress = [&](int64_t done, int64_t total) { last = done * 1000 + total; };
  open_dataset("builtin:faces", options);
  EXPECT_EQ(last, 50'050);
}

TEST(BuiltinFaces, RefuseMoreThanTheMemory) {
  DataOptions options = few_faces();
  options.memory_bytes = 1000;
  EXPECT_NE(message("builtin:faces", options).find("--memory"), std::string::npos);
}

TEST(BuiltinDensities, GiveFreshDrawsForEveryPart) {
  for (const std::string name : {"ring", "grid", "spiral", "moons"}) {
    const auto data = open_dataset("builtin:" + name, {});
    EXPECT_EQ(data->summary().count, 0);
    EXPECT_EQ(data->summary().shape, std::vector<int64_t>{2});
    const Tensor train = data->sampler(Part::train, "test")->sample(20).x;
    EXPECT_FALSE(at::equal(train, data->sampler(Part::select, "test")->sample(20).x));
    EXPECT_TRUE(at::equal(train, data->sampler(Part::train, "test")->sample(20).x));
    EXPECT_EQ(data->first(Part::test, 7).x.size(0), 7);
  }
}

TEST(DensityFiles, GiveFreshDrawsForEveryPart) {
  const TempFolder folder;
  folder.write("p.json", R"({"type": "ring"})");
  folder.write("f.json", R"({"type": "faces", "size": 16, "params": {"smile": [0, 1]}})");
  EXPECT_EQ(open_dataset(folder / "p.json", {})->summary().shape, std::vector<int64_t>{2});
  const auto faces = open_dataset(folder / "f.json", {});
  EXPECT_EQ(faces->summary().kind, "images");
  EXPECT_EQ(faces->summary().source, "density");
  EXPECT_EQ(faces->summary().count, 0);
  EXPECT_EQ(faces->summary().shape, (std::vector<int64_t>{3, 16, 16}));
  const Tensor train = faces->sampler(Part::train, "test")->sample(5).x;
  EXPECT_EQ(train.sizes(), at::IntArrayRef({5, 3, 16, 16}));
  EXPECT_FALSE(at::equal(train, faces->sampler(Part::test, "test")->sample(5).x));
}

TEST(DensityFiles, RefuseToDrawOtherPicturesThanTheySay) {
  const TempFolder folder;
  const std::string path = folder / "f.json";
  folder.write("f.json", R"({"type": "faces", "size": 16})");
  DataOptions options;
  options.image_size = 16;
  EXPECT_EQ(message(path, options), "");
  options.image_size = 32;
  EXPECT_EQ(message(path, options), path + ": expected --image-size 16, as its \"size\" says, got 32");
  options.image_size = 0;
  options.channels = "grey";
  EXPECT_EQ(message(path, options), path + ": expected --channels rgb, as its \"channels\" say, got grey");
  options.channels = "auto";
  options.augment = "flip";
  EXPECT_NE(message(path, options).find("leave out --augment flip"), std::string::npos);
}

TEST(Builtin, RefusesAnUnknownNameWithTheNearest) {
  EXPECT_EQ(message("builtin:face"),
            "builtin:face: unknown built-in data 'face' (did you mean 'faces'? known: faces, grid, moons, "
            "ring, spiral)");
}

TEST(OpenDataset, RefusesOptionsOutOfRange) {
  DataOptions options = few_faces();
  options.image_size = 3;
  EXPECT_NE(message("builtin:faces", options), "");
  options = few_faces();
  options.channels = "gray";
  EXPECT_NE(message("builtin:faces", options).find("did you mean 'grey'"), std::string::npos);
  options = few_faces();
  options.augment = "flip";
  EXPECT_NE(message("builtin:ring", options), "");
}

}  // namespace saddle
