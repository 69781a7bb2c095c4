// Implements the escapes of the page.
#include "saddle/report/html.h"

#include "saddle/base/error.h"
#include "saddle/io/file.h"

namespace saddle {

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string escape_script_json(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      escaped += "\\u003c";
    else
      escaped += c;
  }
  return escaped;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t k) { return i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0u; };
    const uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[three >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string fill_page(std::string_view page, std::string_view title, std::string_view json) {
  constexpr std::string_view kTitle = "{{title}}", kData = "{{data}}";
  const size_t title_at = page.find(kTitle), data_at = page.find(kData, title_at);
  std::string filled(page.substr(0, title_at));
  filled += escape_html(title);
  filled += page.substr(title_at + kTitle.size(), data_at - title_at - kTitle.size());
  filled += escape_script_json(json);
  filled += page.substr(data_at + kData.size());
  return filled;
}

std::string png_data_uri(const std::string& path) {
  const std::string bytes = read_file(path);
  constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
  if (bytes.compare(0, kSignature.size(), kSignature) != 0) throw Error(path + ": expected a PNG, got something else");
  return "data:image/png;base64," + base64(bytes);
}

}  // namespace saddle
