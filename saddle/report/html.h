// Puts texts, data and pictures from files into an HTML page, so that none of them can become markup or
// script.
#pragma once
#include <string>
#include <string_view>

namespace saddle {

/// Escapes & < > " and ' for HTML text and quoted attributes.
std::string escape_html(std::string_view text);

/// Makes JSON text safe inside <script type="application/json">: every < becomes \u003c.
std::string escape_script_json(std::string_view json);

/// Encodes bytes in base64 (RFC 4648), padded.
std::string base64(std::string_view bytes);

/// Puts a title and JSON data, both escaped, in the places of a page of page.h.
std::string fill_page(std::string_view page, std::string_view title, std::string_view json);

/// Reads a PNG file as a data: URI.
///
/// Throws: Error where the file cannot be read or does not begin like a PNG.
std::string png_data_uri(const std::string& path);

}  // namespace saddle
