#compdef ttsq
# ttsq completion for zsh: all that is offered comes from `ttsq __complete`, so it fits the program.
_ttsq() {
    local -a lines offers
    local kind line name program=${(Q)words[1]/#\~\//$HOME/}
    local -a typed=("${(@Q)words[2,CURRENT-1]}")
    (( CURRENT > 2 )) || typed=()
    lines=("${(@f)$("$program" __complete "${typed[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
    kind=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        name=${line%%$'\t'*}
        [[ -n $name ]] || continue
        name=${name//:/\\:}
        [[ $line == *$'\t'* ]] && name+=:${line#*$'\t'}
        offers+=("$name")
    done
    (( $#offers )) && _describe ttsq offers
    case $kind in
    :files) compset -P '--*='; _files ;;
    :folders) compset -P '--*='; _files -/ ;;
    esac
}
if [[ $funcstack[1] == _ttsq ]]; then
    _ttsq "$@"
else
    compdef _ttsq ttsq
fi
