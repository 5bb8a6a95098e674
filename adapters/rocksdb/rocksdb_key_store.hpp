#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/rocksdb/disk.hpp"
#include "adapters/system/wrapped_key.hpp"
#include "handlers/ports/key_store.hpp"

namespace pakashop {

struct RocksDbKeyStoreOptions {
    /// The database's directory; made when it is not there. Keep it out of the log's backups.
    std::filesystem::path directory;
    /// 64 hexadecimal digits, mode 0400.
    std::filesystem::path master_key_file;
    /// With less than this many free bytes no new key is made (`unavailable`).
    std::uint64_t free_bytes_min = 256U << 20;
    /// Asked before a key is made; the file system of `directory` when empty.
    FreeSpace free_space;
};

enum class KeyStoreOpenError { master_key_file, wrong_master_key, locked, unavailable, damaged };
constexpr auto enum_names(KeyStoreOpenError) {
    return std::array<std::string_view, 5>{
        "master_key_file", "wrong_master_key", "locked", "unavailable", "damaged"
    };
}
struct KeyStoreOpenFailure {
    KeyStoreOpenError error;
    std::string detail;
};

/// The data keys of one machine, wrapped, in a RocksDB of their own (architecture 2.7). A new key
/// is synced before it is handed out; callers that make keys at the same time share one sync. A
/// destroyed key is gone from the files when destroy() returns.
class RocksDbKeyStore final : public KeyStore {
public:
    static Result<std::unique_ptr<RocksDbKeyStore>, KeyStoreOpenFailure> open(
        RocksDbKeyStoreOptions options
    );
    /// The keys as they stood when it was opened, beside a running server or without one; takes no
    /// lock and writes no byte. What would make or destroy a key answers `unavailable`.
    static Result<std::unique_ptr<RocksDbKeyStore>, KeyStoreOpenFailure> view(
        RocksDbKeyStoreOptions options
    );
    /// True when there is a key store in the directory.
    static bool exists(const std::filesystem::path& directory);
    ~RocksDbKeyStore() override;

    Result<NumberedKey, KeyFailure> current(std::string_view subject) override;
    Result<std::optional<DataKey>, KeyFailure> find(std::string_view subject, std::uint32_t number)
        override;
    Result<void, KeyFailure> destroy(std::string_view subject) override;

    /// Every subject's newest key, destroyed ones too, in the order of the subjects' bytes.
    Result<std::vector<WrappedKey>, KeyFailure> wrapped_keys();

    /// How often the write-ahead log was synced since the store was opened.
    std::uint64_t syncs() const;

private:
    class Impl;
    explicit RocksDbKeyStore(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
