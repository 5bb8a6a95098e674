#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/kernel/result.hpp"
#include "events/record.hpp"

namespace pakashop {

/// What a witness says: at the latest acknowledged append, each partition stood here.
struct WitnessSlot {
    std::string generation;
    std::uint64_t counter = 0;
    std::vector<Place> places;
    friend bool operator==(const WitnessSlot&, const WitnessSlot&) = default;
};

/// A slot as it is stored for ever: magic "PKW1" · counter u64 · generation · partitions u16 ·
/// (seq u64 · head 32) each · SHA-256 of all above; big endian, a text after its u16 length.
std::string encode_slot(const WitnessSlot& slot);
/// Nothing for bytes that are torn, flipped or of another format.
std::optional<WitnessSlot> decode_slot(std::string_view bytes);

enum class WitnessFailure {
    missing,
    locked,      ///< Another process holds it: it is the writer.
    damaged,     ///< Neither slot is whole.
    unavailable  ///< The file system refuses.
};

/// A file outside RocksDB that remembers how far the log had come (architecture 2.5), because a
/// database that lost its write-ahead log opens as if nothing had been in it. Two slots are written
/// in turn with O_DSYNC, so one is always whole. Holding it open for writing is exclusive.
class Witness {
public:
    /// A new file whose slots both say `places`.
    static Result<Witness, WitnessFailure> create(
        const std::filesystem::path& file,
        std::string_view generation,
        std::vector<Place> places
    );
    /// The file as a writer left it, locked for this process.
    static Result<Witness, WitnessFailure> open(const std::filesystem::path& file);
    /// The newest whole slot, beside a running writer.
    static Result<WitnessSlot, WitnessFailure> peek(const std::filesystem::path& file);

    Witness(Witness&& other) noexcept;
    Witness& operator=(Witness&&) = delete;
    ~Witness();

    const WitnessSlot& newest() const { return newest_; }
    /// On stable storage when it returns true. After a false the other slot is still whole.
    bool write(std::span<const Place> places);

private:
    Witness(int file, WitnessSlot newest) : file_{file}, newest_{std::move(newest)} {}

    int file_ = -1;
    WitnessSlot newest_;
};

}  // namespace pakashop
