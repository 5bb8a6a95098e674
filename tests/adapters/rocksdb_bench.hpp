#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "adapters/rocksdb/rocksdb_log.hpp"
#include "tests/kit/record_maker.hpp"

/// What the RocksDB tests share.
namespace pakashop::kit {

/// A folder of its own for one test, removed with everything in it.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// A log of generation "g1" with 4 partitions in it, small in memory.
    RocksDbLogOptions log_options() const;

private:
    std::filesystem::path path_;
};

/// Opens a log that must open.
std::unique_ptr<RocksDbLog> open_log(const RocksDbLogOptions& options);
/// Why a log that must not open does not; nothing when it does.
std::optional<LogOpenError> open_error(const RocksDbLogOptions& options);

/// Writes one announcement and `commits` commits to partition 1, one append each, and closes the
/// log. Commit n belongs to key `ord_<n % 5>` and has command id n.
PartitionBatch write_sample(const ScratchFolder& scratch, std::uint64_t commits);

/// Files by their paths, with their bytes.
using Files = std::map<std::string, std::string>;
/// Every file below a folder.
Files files_in(const std::filesystem::path& folder);
/// Makes a folder hold these files and nothing else.
void restore_files(const std::filesystem::path& folder, const Files& files);
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace pakashop::kit
