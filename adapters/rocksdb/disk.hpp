#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace pakashop {

/// Answers how many bytes are left where a store lives; nothing when it cannot be told.
using FreeSpace = std::function<std::optional<std::uint64_t>()>;

/// The bytes an unprivileged process may still write on the file system of `directory`.
FreeSpace free_space_of(std::filesystem::path directory);

/// Makes a new or renamed entry durable: syncs the directory that holds `entry`.
bool sync_parent_of(const std::filesystem::path& entry);

}  // namespace pakashop
