#include "adapters/rocksdb/rocksdb_key_store.hpp"

#include <array>
#include <mutex>

#include <openssl/rand.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/statistics.h>
#include <rocksdb/write_batch.h>

#include "adapters/system/master_key.hpp"

namespace pakashop {
namespace {

// Layout, for ever: `about:format`, `about:master` (the master key's id), and for each subject
// `key:usr_1/person` → number (4, big endian) · 1 while the key lives, else 0 · the wrapped key.
constexpr std::string_view format_known = "1";
constexpr std::size_t head_bytes = 5;
constexpr std::size_t stripes = 256;
constexpr int view_attempts = 10;

struct KeyEntry {
    std::uint32_t number = 0;
    bool alive = false;
    std::string wrapped;
};

std::string encode(const KeyEntry& entry) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(entry.number >> shift & 0xff);
    }
    out += static_cast<char>(entry.alive);
    return out + entry.wrapped;
}

std::optional<KeyEntry> decode(std::string_view bytes) {
    if (bytes.size() < head_bytes) return std::nullopt;
    KeyEntry entry;
    for (std::size_t i = 0; i < 4; ++i) {
        entry.number = entry.number << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    entry.alive = bytes[4] != 0;
    entry.wrapped = bytes.substr(head_bytes);
    return entry;
}

constexpr std::string_view rows = "key:";

std::string row_of(std::string_view subject) { return std::string{rows} + std::string{subject}; }

std::string key_name(std::string_view subject, std::uint32_t number) {
    return std::string{subject} + "#" + std::to_string(number);
}

rocksdb::Options database_options() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    options.track_and_verify_wals_in_manifest = true;
    options.compression = rocksdb::kNoCompression;
    options.write_buffer_size = 8U << 20;
    options.max_background_jobs = 2;
    options.max_open_files = 64;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 1U << 20;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.statistics = rocksdb::CreateDBStatistics();
    return options;
}

unexpected<KeyStoreOpenFailure> refuse(KeyStoreOpenError error, std::string detail) {
    return unexpected{KeyStoreOpenFailure{error, std::move(detail)}};
}

unexpected<KeyStoreOpenFailure> refuse(const rocksdb::Status& status) {
    const std::string text = status.ToString();
    if (!status.IsIOError()) return refuse(KeyStoreOpenError::damaged, text);
    const bool locked = text.find("lock ") != std::string::npos;
    return refuse(locked ? KeyStoreOpenError::locked : KeyStoreOpenError::unavailable, text);
}

KeyFailure failure_of(const rocksdb::Status& status) {
    return status.IsCorruption() ? KeyFailure::damaged : KeyFailure::unavailable;
}

}  // namespace

class RocksDbKeyStore::Impl {
public:
    Impl(RocksDbKeyStoreOptions options, MasterKey master, rocksdb::DB* db)
        : options_{std::move(options)},
          master_{std::move(master)},
          db_{db},
          statistics_{db->GetDBOptions().statistics} {
        if (!options_.free_space) options_.free_space = free_space_of(options_.directory);
        synced_.sync = true;
    }

    // A new store takes this master key for good; another one cannot open what it wrapped.
    std::optional<KeyStoreOpenFailure> adopt_or_check_master() {
        std::string id;
        const auto found = db_->Get({}, "about:master", &id);
        if (found.IsNotFound()) {
            rocksdb::WriteBatch batch;
            batch.Put("about:format", std::string{format_known});
            batch.Put("about:master", master_.id());
            const auto written = db_->Write(synced_, &batch);
            if (!written.ok()) return refuse(written).error();
            return std::nullopt;
        }
        if (!found.ok()) return refuse(found).error();
        if (id == master_.id()) return std::nullopt;
        return KeyStoreOpenFailure{
            KeyStoreOpenError::wrong_master_key,
            "the keys were wrapped by master key " + id + ", the file holds " + master_.id()
        };
    }

    Result<NumberedKey, KeyFailure> current(std::string_view subject) {
        const auto known = read(subject);
        if (!known) return unexpected{known.error()};
        if (known->alive) return unwrap(subject, *known);
        // Of callers with the same subject one makes the key; those with others write beside it,
        // and RocksDB joins their writes into one sync.
        const std::lock_guard lock{stripe_of(subject)};
        const auto again = read(subject);
        if (!again) return unexpected{again.error()};
        if (again->alive) return unwrap(subject, *again);
        return make(subject, again->number + 1);
    }

    Result<std::optional<DataKey>, KeyFailure>
    find(std::string_view subject, std::uint32_t number) {
        const auto known = read(subject);
        if (!known) return unexpected{known.error()};
        if (number == 0 || number > known->number) return unexpected{KeyFailure::damaged};
        if (number < known->number || !known->alive) return std::optional<DataKey>{};
        const auto key = unwrap(subject, *known);
        if (!key) return unexpected{key.error()};
        return std::optional{key->key};
    }

    // Overwriting alone would leave the old value in files: flushing retires the write-ahead log,
    // and compacting the row rewrites every table that held it.
    Result<void, KeyFailure> destroy(std::string_view subject) {
        const std::lock_guard lock{stripe_of(subject)};
        const auto known = read(subject);
        if (!known) return unexpected{known.error()};
        if (known->number == 0) return {};
        const std::string row = row_of(subject);
        const rocksdb::Slice bound{row};
        rocksdb::CompactRangeOptions rewrite;
        rewrite.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        auto status = db_->Put(synced_, row, encode({known->number, false, {}}));
        if (status.ok()) status = db_->Flush(rocksdb::FlushOptions{});
        if (status.ok()) status = db_->CompactRange(rewrite, &bound, &bound);
        if (!status.ok()) return unexpected{failure_of(status)};
        return {};
    }

    Result<std::vector<WrappedKey>, KeyFailure> wrapped_keys() {
        std::vector<WrappedKey> out;
        const rocksdb::Slice beginning{rows.data(), rows.size()};
        const std::unique_ptr<rocksdb::Iterator> at{db_->NewIterator({})};
        for (at->Seek(beginning); at->Valid() && at->key().starts_with(beginning); at->Next()) {
            const auto entry = decode(at->value().ToStringView());
            if (!entry || entry->alive == entry->wrapped.empty()) {
                return unexpected{KeyFailure::damaged};
            }
            std::string subject = at->key().ToString().substr(rows.size());
            out.push_back({std::move(subject), entry->number, entry->wrapped});
        }
        if (!at->status().ok()) return unexpected{failure_of(at->status())};
        return out;
    }

    std::uint64_t syncs() const { return statistics_->getTickerCount(rocksdb::WAL_FILE_SYNCED); }

private:
    std::mutex& stripe_of(std::string_view subject) {
        return stripes_[std::hash<std::string_view>{}(subject) % stripes];
    }

    // Number 0 stands for a subject that never had a key.
    Result<KeyEntry, KeyFailure> read(std::string_view subject) {
        rocksdb::PinnableSlice value;
        const auto status = db_->Get({}, db_->DefaultColumnFamily(), row_of(subject), &value);
        if (status.IsNotFound()) return KeyEntry{};
        if (!status.ok()) return unexpected{failure_of(status)};
        auto entry = decode({value.data(), value.size()});
        if (!entry) return unexpected{KeyFailure::damaged};
        return *std::move(entry);
    }

    Result<NumberedKey, KeyFailure> unwrap(std::string_view subject, const KeyEntry& entry) {
        const auto key = master_.unwrap(key_name(subject, entry.number), entry.wrapped);
        if (!key) return unexpected{KeyFailure::damaged};
        return NumberedKey{entry.number, *key};
    }

    Result<NumberedKey, KeyFailure> make(std::string_view subject, std::uint32_t number) {
        if (options_.free_space().value_or(0) < options_.free_bytes_min) {
            return unexpected{KeyFailure::unavailable};
        }
        NumberedKey made{number, {}};
        if (RAND_bytes(made.key.data(), static_cast<int>(made.key.size())) != 1) {
            return unexpected{KeyFailure::unavailable};
        }
        const std::string wrapped = master_.wrap(key_name(subject, number), made.key);
        const auto status = db_->Put(synced_, row_of(subject), encode({number, true, wrapped}));
        if (!status.ok()) return unexpected{failure_of(status)};
        return made;
    }

    RocksDbKeyStoreOptions options_;
    MasterKey master_;
    std::unique_ptr<rocksdb::DB> db_;
    std::shared_ptr<rocksdb::Statistics> statistics_;
    rocksdb::WriteOptions synced_;
    std::array<std::mutex, stripes> stripes_;
};

Result<std::unique_ptr<RocksDbKeyStore>, KeyStoreOpenFailure> RocksDbKeyStore::open(
    RocksDbKeyStoreOptions options
) {
    auto master = MasterKey::load(options.master_key_file);
    if (!master) return refuse(KeyStoreOpenError::master_key_file, master.error());
    std::error_code ignored;
    std::filesystem::create_directories(options.directory, ignored);
    std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all, ignored);
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(database_options(), options.directory.native(), &db);
    if (!status.ok()) return refuse(status);
    // A power cut must not take a new directory with the keys in it.
    const bool in_place = sync_parent_of(options.directory);
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(master), db);
    if (!in_place) return refuse(KeyStoreOpenError::unavailable, "its directory cannot be synced");
    if (auto failure = impl->adopt_or_check_master()) return unexpected{*std::move(failure)};
    return std::unique_ptr<RocksDbKeyStore>{new RocksDbKeyStore{std::move(impl)}};
}

// The writer may remove a file between the moment the view lists it and the moment it opens it;
// then it simply looks again.
Result<std::unique_ptr<RocksDbKeyStore>, KeyStoreOpenFailure> RocksDbKeyStore::view(
    RocksDbKeyStoreOptions options
) {
    auto master = MasterKey::load(options.master_key_file);
    if (!master) return refuse(KeyStoreOpenError::master_key_file, master.error());
    rocksdb::Options read_only = database_options();
    read_only.create_if_missing = false;
    read_only.max_open_files = -1;
    rocksdb::DB* db = nullptr;
    rocksdb::Status status;
    for (int attempt = 0; attempt < view_attempts && !db; ++attempt) {
        status = rocksdb::DB::OpenForReadOnly(read_only, options.directory.native(), &db);
    }
    if (!status.ok()) return refuse(status);
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(master), db);
    if (auto failure = impl->adopt_or_check_master()) return unexpected{*std::move(failure)};
    return std::unique_ptr<RocksDbKeyStore>{new RocksDbKeyStore{std::move(impl)}};
}

bool RocksDbKeyStore::exists(const std::filesystem::path& directory) {
    std::error_code ignored;
    return std::filesystem::exists(directory / "CURRENT", ignored);
}

RocksDbKeyStore::RocksDbKeyStore(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RocksDbKeyStore::~RocksDbKeyStore() = default;

Result<NumberedKey, KeyFailure> RocksDbKeyStore::current(std::string_view subject) {
    return impl_->current(subject);
}

Result<std::optional<DataKey>, KeyFailure>
RocksDbKeyStore::find(std::string_view subject, std::uint32_t number) {
    return impl_->find(subject, number);
}

Result<void, KeyFailure> RocksDbKeyStore::destroy(std::string_view subject) {
    return impl_->destroy(subject);
}

Result<std::vector<WrappedKey>, KeyFailure> RocksDbKeyStore::wrapped_keys() {
    return impl_->wrapped_keys();
}

std::uint64_t RocksDbKeyStore::syncs() const { return impl_->syncs(); }

}  // namespace pakashop
