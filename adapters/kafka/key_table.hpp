#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/kafka/key_records.hpp"

namespace pakashop::kafka {

/// What the topic of keys says, read from its beginning in its order. Everyone who has read as far
/// holds the same, whatever was compacted away meanwhile:
///
/// - Of the keys of one subject and number the first counts; later ones are void. Two nodes that
///   make one at the same time both write, both read, and both use the first.
/// - An end destroys the keys up to its number, for good: one that comes later is void. A key of
///   the next number is made only by someone who has read that end.
///
/// Compaction keeps the last record of each name, so a name that two nodes share would let the
/// later key win. Here no two records share a name, but for one that takes a void key back
/// (litter()); ends are never taken back. So compaction removes nothing but void keys, and neither
/// who is first nor what is destroyed ever depends on one of those.
class KeyTable {
public:
    /// Takes the next record; what is wrong with the topic if there cannot be such a record.
    std::optional<std::string> apply(std::string_view name, std::optional<std::string_view> value);

    /// The id of the master key that wraps everything; nothing before the first `about`.
    const std::optional<std::string>& master_key_id() const { return master_key_id_; }

    /// A subject's newest key.
    struct Entry {
        std::uint32_t number = 0;  ///< 0 when there never was a key.
        std::string wrapped;       ///< Empty once it is destroyed, or lost.
        std::uint64_t mark = 0;    ///< Of its record.
        /// Somebody took it back though it counts. Whoever reads while the brokers compact may see
        /// that of a void key too, since the one that was first is gone; its end then follows.
        bool lost = false;

        bool alive() const { return !wrapped.empty(); }
    };
    Entry of(std::string_view subject) const;
    std::size_t subjects() const { return entries_.size(); }
    /// Every subject that ever had a key, in the order of their bytes.
    struct Numbered {
        std::string subject;
        Entry entry;
    };
    std::vector<Numbered> all() const;

    /// Where the log of that generation, and the keys it needs, are being copied from; nothing once
    /// they are whole.
    std::optional<std::string> copied_from(std::string_view generation) const;
    /// Names of the records that say so.
    std::vector<std::string> copy_marks(std::string_view generation) const;

    /// Names of void records that still have a value and begin so.
    std::vector<std::string> litter(std::string_view beginning = {}) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::optional<std::string> take_about(const KeyRecordName& name, std::string_view value);
    void take_key(const KeyRecordName& name, std::string_view wrapped);
    void take_end(const KeyRecordName& name);
    std::optional<std::string> take_back(const KeyRecordName& name);
    void discard(const std::string& subject, const Entry& entry);

    std::optional<std::string> master_key_id_;
    std::uint64_t about_mark_ = 0;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
    std::set<std::string, std::less<>> litter_;
    std::map<std::string, std::string, std::less<>> copies_;  ///< Name of the record → its value.
};

}  // namespace pakashop::kafka
