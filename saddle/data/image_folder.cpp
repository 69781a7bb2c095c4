// Implements image folders: list, look at every header, then decode and prepare in parallel.
#include "saddle/data/image_folder.h"

#include <atomic>
#include <bit>
#include <map>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/rng.h"
#include "saddle/data/array_dataset.h"
#include "saddle/data/file_list.h"
#include "saddle/data/label_file.h"
#include "saddle/data/parallel.h"
#include "saddle/data/pixel_store.h"
#include "saddle/data/prepare.h"
#include "saddle/io/hash.h"
#include "saddle/io/image.h"

namespace saddle {
namespace {

constexpr size_t kMostListed = 50;                                     // bad files named one by one
constexpr int64_t kLargestSide = std::numeric_limits<int32_t>::max();  // of what has not been decoded yet

/// A text that few files have.
using RareText = std::unique_ptr<const std::string>;

/// One image file, and what became known of it; small, since there may be many millions.
struct File {
  std::string path;               // relative to its folder
  uint32_t folder = 0;            // of those that were named
  int32_t width = 0, height = 0;  // after the EXIF orientation
  bool grey = false;
  bool alpha = false;        // as ImageHeader says
  bool deep = false;         // likewise
  bool transparent = false;  // somewhere
  uint64_t pixel_hash = 0;   // keyed; of the decoded full-size pixels
  RareText remark = {};      // what its decoder warned of; null: nothing
  RareText trouble = {};     // why it cannot be read; null: it can
};

std::string text(int64_t number) { return std::to_string(number); }

std::string plural(int64_t count, const std::string& what) {
  return text(count) + " " + what + (count == 1 ? "" : "s");
}

class Folder {
 public:
  Folder(const std::string& name, std::vector<PieceName> folders, const DataOptions& options)
      : name_(name), folders_(std::move(folders)), options_(options) {
    summary_.name = name;
    summary_.source = "image folder";
  }

  std::unique_ptr<Dataset> open() {
    list();
    read_headers();
    find_white();
    find_form();
    decode();
    drop_bad();
    Parts parts = split();
    name_labels();
    return make_array_dataset({store_.pixels, labels_, fingerprint_, store_.used, std::move(keys_)}, std::move(parts),
                              std::move(summary_), options_);
  }

 private:
  void list() {
    int64_t ignored = 0, by_content = 0;
    for (size_t folder = 0; folder < folders_.size(); ++folder) {
      FileList found = list_images(folders_[folder].path);
      files_.reserve(files_.size() + found.paths.size());
      for (auto& path : found.paths)
        files_.push_back({.path = std::move(path), .folder = static_cast<uint32_t>(folder)});
      if (found.paths.empty())
        throw Error(folders_[folder].where(name_) +
                    ": expected a folder with images (PNG, JPEG, WebP, PGM, PPM), got " +
                    (found.ignored == 0 ? "an empty one" : "none among " + plural(found.ignored, "file")));
      ignored += found.ignored;
      by_content += found.by_content;
    }
    if (folders_.size() > 1)
      summary_.remarks.push_back(text(static_cast<int64_t>(folders_.size())) +
                                 " folders, read as one: " + folders_.front().path + " to " + folders_.back().path);
    if (by_content > 0)
      summary_.remarks.push_back(plural(by_content, "file") + " read by content: not named like an image");
    if (ignored > 0) summary_.problems.push_back(plural(ignored, "file") + " ignored: not named like an image");
  }

  std::string full_path(const File& file) const { return folders_[file.folder].path + "/" + file.path; }

  /// Runs work on every file that is still good; an Error stops everything, or marks the file with
  /// --skip-bad.
  void for_each_good(const std::function<void(size_t i)>& work, const std::function<void(int64_t, int64_t)>& progress) {
    for_each_parallel(
        static_cast<int64_t>(files_.size()), options_.workers,
        [&](int64_t i) {
          File& file = files_[static_cast<size_t>(i)];
          if (file.trouble != nullptr) return;
          try {
            work(static_cast<size_t>(i));
          } catch (const std::exception& error) {
            const bool is_ours = dynamic_cast<const Error*>(&error) != nullptr;
            if (!is_ours && !is_lack_of_memory(error)) throw;
            const std::string trouble =
                is_ours ? error.what() : full_path(file) + ": expected memory to prepare the image, got none";
            if (!options_.skip_bad) throw Error(trouble + "; --skip-bad leaves such files out");
            file.trouble = std::make_unique<const std::string>(trouble);
          }
        },
        progress);
  }

  void read_headers() {
    for_each_good(
        [&](size_t i) {
          File& file = files_[i];
          const ImageHeader header = read_image_header(full_path(file), options_.max_pixels);
          file.width = static_cast<int32_t>(std::min(header.width, kLargestSide));
          file.height = static_cast<int32_t>(std::min(header.height, kLargestSide));
          file.grey = header.channels == 1;
          file.alpha = header.alpha;
          file.deep = header.deep;
        },
        {});
  }

  /// Looks through 16-bit images for their largest number: cameras fill 10, 12 or 14 of the bits.
  void find_white() {
    if (std::none_of(files_.begin(), files_.end(), [](const File& file) { return file.deep; })) return;
    std::atomic<int64_t> largest = 0;
    for_each_good(
        [&](size_t i) {
          if (!files_[i].deep) return;
          const int64_t number = largest_number(full_path(files_[i]), options_.max_pixels);
          for (int64_t before = largest; before < number && !largest.compare_exchange_weak(before, number);) continue;
        },
        {});
    const int bits = std::clamp(static_cast<int>(std::bit_width(static_cast<uint64_t>(largest))), 8, 16);
    summary_.white = options_.white > 0 ? options_.white : (int64_t{1} << bits) - 1;
    summary_.remarks.push_back("16-bit images hold numbers up to " + text(largest) + ": " + text(summary_.white) +
                               " is taken for white");
  }

  /// Decides size and channels by the headers, and takes room for the prepared images.
  void find_form() {
    std::vector<ImageSize> sizes;
    int64_t grey = 0, largest_bytes = 0;
    for (const auto& file : files_) {
      if (file.trouble != nullptr) continue;
      sizes.push_back({file.height, file.width});
      grey += file.grey;
      largest_bytes = std::max(largest_bytes, int64_t{file.width} * file.height * (file.deep ? 8 : 4));
    }
    require_good(static_cast<int64_t>(sizes.size()));
    const auto colour = static_cast<int64_t>(sizes.size()) - grey;
    form_ = choose_form(sizes, colour > 0, options_, summary_);
    if (grey > 0 && colour > 0)
      summary_.problems.push_back("mixed channels: " + text(grey) + " grey and " + text(colour) +
                                  " in colour, all made " + (form_.channels == 1 ? "grey" : "rgb"));
    // While an image is decoded its file, its pixels and a square copy are there too.
    const int64_t transient = 3 * options_.workers * largest_bytes;
    store_ = allocate_pixels({static_cast<int64_t>(files_.size()), form_.height, form_.width, form_.channels},
                             options_.memory_bytes - transient, options_.cache_dir);
  }

  void require_good(int64_t count) const {
    if (count == 0)
      throw Error(name_ + ": expected images, got " + plural(static_cast<int64_t>(files_.size()), "file") +
                  " that cannot be read, the first: " + *files_[0].trouble);
  }

  void decode() {
    const uint64_t key = derive_seed(options_.seed, "pixels");
    auto* pixels = store_.pixels.mutable_data_ptr<uint8_t>();
    for_each_good(
        [&](size_t i) {
          File& file = files_[i];
          std::string remark;
          const Tensor image = decode_image(full_path(file), options_.max_pixels,
                                            summary_.white > 0 ? summary_.white : kWhite16, &remark);
          if (!remark.empty()) file.remark = std::make_unique<const std::string>(std::move(remark));
          const std::string_view content(reinterpret_cast<const char*>(image.const_data_ptr<uint8_t>()),
                                         static_cast<size_t>(image.numel()));
          file.pixel_hash = hash_bytes(content, row_key(key, image.size(1)));  // the width tells 2 x 3 from 3 x 2
          file.transparent = file.alpha && image.select(2, image.size(2) - 1).lt(255).any().item<bool>();
          const Tensor prepared = prepare_image(image, form_);
          std::copy_n(prepared.const_data_ptr<uint8_t>(), form_.bytes(),
                      pixels + static_cast<int64_t>(i) * form_.bytes());
          if (store_.used) store_.used(1);
        },
        options_.progress);
    remark_on_pixels();
  }

  /// Says what was made of transparency and of damage.
  void remark_on_pixels() {
    const auto transparent = std::count_if(files_.begin(), files_.end(), [](const File& f) { return f.transparent; });
    if (form_.channels == 4)
      summary_.remarks.push_back(transparent > 0 ? plural(transparent, "image") +
                                                       " with transparency, kept as a fourth channel that the colours "
                                                       "are multiplied by"
                                                 : "no image is transparent: the fourth channel says nothing");
    else if (transparent > 0)
      summary_.remarks.push_back(plural(transparent, "image") + " with transparency, laid on " +
                                 colour_name(form_.background) +
                                 " (--background COLOUR for another, --channels rgba keeps it)");
    const auto damaged = [](const File& file) { return file.remark != nullptr; };
    const auto first = std::find_if(files_.begin(), files_.end(), damaged);
    if (first != files_.end())
      summary_.remarks.push_back(plural(std::count_if(first, files_.end(), damaged), "image") +
                                 " read in spite of a warning, the first: " + full_path(*first) + ": " +
                                 *first->remark);
  }

  /// Leaves the bad files out, and lists them. Their rows of the store stay unused.
  void drop_bad() {
    double loss = 0;
    std::vector<std::string> troubles;
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].trouble != nullptr) {
        troubles.push_back("skipped " + *files_[i].trouble);
        continue;
      }
      rows_.push_back(static_cast<int64_t>(i));
      loss += crop_loss({files_[i].height, files_[i].width}, form_);
    }
    const auto good = static_cast<int64_t>(rows_.size());
    require_good(good);
    summary_.crop_loss = loss / static_cast<double>(good);
    if (troubles.empty()) return;
    summary_.problems.push_back(text(static_cast<int64_t>(troubles.size())) + " of " +
                                plural(static_cast<int64_t>(files_.size()), "file") + " skipped: cannot be read");
    const size_t listed = std::min(troubles.size(), kMostListed);
    summary_.problems.insert(summary_.problems.end(), troubles.begin(),
                             troubles.begin() + static_cast<std::ptrdiff_t>(listed));
    if (listed < troubles.size())
      summary_.problems.push_back("skipped " + text(static_cast<int64_t>(troubles.size() - listed)) + " more");
  }

  std::string folder_of(int64_t row) const {
    const std::string folder = std::filesystem::path(files_[static_cast<size_t>(row)].path).parent_path();
    return folder.empty() ? "." : folder;
  }

  Parts split() {
    std::vector<uint64_t> pixels, keys;
    for (const int64_t row : rows_) {
      pixels.push_back(files_[static_cast<size_t>(row)].pixel_hash);
      keys.push_back(options_.group_by_folder ? derive_seed(options_.seed, folder_of(row)) : pixels.back());
    }
    fingerprint_ = hash_bytes({reinterpret_cast<const char*>(pixels.data()), 8 * pixels.size()}, form_key(form_));
    keys_.resize(files_.size());
    for (size_t i = 0; i < rows_.size(); ++i) keys_[static_cast<size_t>(rows_[i])] = keys[i];
    Parts parts = options_.group_by_folder
                      ? split_by_group(keys, options_.split, options_.seed, name_ + ": --group folder")
                      : split_by_rank(keys, options_.split, options_.seed, name_);
    if (options_.group_by_folder) remark_on_shares(parts, std::set(keys.begin(), keys.end()).size());

    std::vector<std::pair<uint64_t, size_t>> homes;  // each picture with the parts that it lies in
    homes.reserve(pixels.size());
    for (size_t part = 0; part < 3; ++part)
      for (int64_t& row : parts[part]) {
        homes.emplace_back(pixels[static_cast<size_t>(row)], part);
        row = rows_[static_cast<size_t>(row)];
      }
    std::sort(homes.begin(), homes.end());
    int64_t copies = 0, torn = 0;
    for (size_t i = 1, counted = 0; i < homes.size(); ++i) {
      if (homes[i].first != homes[i - 1].first) continue;
      ++copies;
      if (homes[i].second == homes[i - 1].second || (counted > 0 && homes[counted].first == homes[i].first)) continue;
      ++torn;
      counted = i;
    }
    if (copies > 0)
      summary_.problems.push_back(
          plural(copies, "image") + " more than once: exact copies, " +
          (torn > 0 ? text(torn) + " of them in several parts, since folders are kept together" : "kept in one part"));
    return parts;
  }

  /// Says where whole folders kept the parts from the shares that were asked for.
  void remark_on_shares(const Parts& parts, size_t folders) {
    std::string have, wanted;
    double miss = 0;
    const double sum = options_.split[0] + options_.split[1] + options_.split[2];
    for (size_t part = 0; part < 3; ++part) {
      const double share = 100 * static_cast<double>(parts[part].size()) / static_cast<double>(rows_.size());
      const double asked = 100 * options_.split[part] / sum;
      miss = std::max(miss, std::fabs(share - asked));
      const std::string before = part == 0 ? "" : part == 1 ? ", " : " and ";
      have += before + text(std::lround(share));
      wanted += before + text(std::lround(asked));
    }
    if (miss > 1)
      summary_.problems.push_back("train, select and test have " + have + " % of the images instead of " + wanted +
                                  ": as near as " + plural(static_cast<int64_t>(folders), "whole folder") + " come");
  }

  void name_labels() {
    if (!options_.labels_file.empty()) return take_labels();
    std::map<std::string, int64_t> numbers;
    for (const int64_t row : rows_) numbers[folder_of(row)] = 0;
    if (numbers.size() < 2) return;
    for (auto& [folder, number] : numbers) {
      number = static_cast<int64_t>(summary_.labels.size());
      summary_.labels.push_back(folder);
    }
    labels_ = at::zeros({static_cast<int64_t>(files_.size())}, at::kLong);
    for (const int64_t row : rows_) labels_.mutable_data_ptr<int64_t>()[row] = numbers[folder_of(row)];
  }

  /// Labels from a file beside the images.
  void take_labels() {
    std::vector<std::string> paths, begins;
    for (const PieceName& folder : folders_) {
      const auto list_folder = std::filesystem::path(name_).parent_path();
      begins.push_back(
          folder.line == 0 ? "" : std::filesystem::path(folder.path).lexically_proximate(list_folder).string() + "/");
    }
    paths.reserve(rows_.size());
    for (const int64_t row : rows_) {
      const File& file = files_[static_cast<size_t>(row)];
      paths.push_back(begins[file.folder] + file.path);
    }
    Labels found = read_file_labels(options_.labels_file, name_, paths);
    labels_ = at::zeros({static_cast<int64_t>(files_.size())}, at::kLong);
    labels_.index_copy_(0, at::tensor(at::ArrayRef<int64_t>(rows_)), found.numbers);
    summary_.labels = std::move(found.names);
    if (!found.remark.empty()) summary_.remarks.push_back(std::move(found.remark));
  }

  std::string name_;
  std::vector<PieceName> folders_;
  const DataOptions& options_;
  DataSummary summary_ = {};
  std::vector<File> files_ = {};
  std::vector<int64_t> rows_ = {};  // of the good files
  ImageForm form_ = {};
  PixelStore store_ = {};
  Tensor labels_ = {};
  uint64_t fingerprint_ = 0;
  std::vector<uint64_t> keys_ = {};  // by file: what belongs together
};

}  // namespace

std::unique_ptr<Dataset> open_image_folder(const std::string& path, const DataOptions& options) {
  return Folder(path, {{path}}, options).open();
}

std::unique_ptr<Dataset> open_image_folders(const std::string& list, const std::vector<PieceName>& folders,
                                            const DataOptions& options) {
  return Folder(list, folders, options).open();
}

}  // namespace saddle
