#pragma once

#include <cstdint>
#include <utility>
#include <vector>

/// Seeded choices for simulations: the same seed makes the same ones, on every machine.
namespace pakashop::simulation {

class Tape {
public:
    explicit Tape(std::uint64_t seed)
        : state_{seed * 0x9e3779b97f4a7c15ULL + 0x2545f4914f6cdd1dULL} {}

    /// A number below `bound`; 0 when there is nothing to choose.
    std::uint32_t below(std::uint32_t bound) { return bound < 2 ? 0 : draw() % bound; }
    std::uint32_t below_size(std::size_t bound) { return below(static_cast<std::uint32_t>(bound)); }
    /// True in so many of a thousand cases.
    bool in_thousand(std::uint32_t chances) { return draw() % 1000 < chances; }
    /// An index, each as likely as its weight says; the weights are not all 0.
    template <std::size_t N>
    std::size_t weighted(const std::uint32_t (&weights)[N]) {
        std::uint32_t total = 0;
        for (const std::uint32_t weight : weights) total += weight;
        std::uint32_t left = below(total);
        std::size_t index = 0;
        while (left >= weights[index]) left -= weights[index++];
        return index;
    }
    /// Takes one element out: the first, or now and then any other.
    template <class T>
    T take(std::vector<T>& from, std::uint32_t any_in_thousand) {
        const std::size_t index = in_thousand(any_in_thousand) ? below_size(from.size()) : 0;
        T out = std::move(from[index]);
        from.erase(from.begin() + static_cast<std::ptrdiff_t>(index));
        return out;
    }
    std::uint32_t draw() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return static_cast<std::uint32_t>((mixed ^ (mixed >> 31)) >> 32);
    }

private:
    std::uint64_t state_;
};

}  // namespace pakashop::simulation
