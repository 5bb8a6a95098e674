#include "adapters/rocksdb/disk.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace pakashop {

FreeSpace free_space_of(std::filesystem::path directory) {
    return [directory = std::move(directory)]() -> std::optional<std::uint64_t> {
        struct statvfs about{};
        if (::statvfs(directory.c_str(), &about) != 0) return std::nullopt;
        return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    };
}

bool sync_parent_of(const std::filesystem::path& entry) {
    const auto parent = std::filesystem::absolute(entry).parent_path();
    const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return false;
    const bool synced = ::fsync(directory) == 0;
    ::close(directory);
    return synced;
}

}  // namespace pakashop
