/// The key that signs callbacks, kept in a file.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "ops/sandbox/keys.hpp"

namespace pakashop::sandbox {

/// Reads the key, or makes one and writes it, readable by its owner only and synced, when there is
/// no file. The error is a sentence for people; a file that is there is never replaced.
[[nodiscard]] std::expected<PrivateKey, std::string> load_or_make_key(
    const std::filesystem::path& file
);

}  // namespace pakashop::sandbox
