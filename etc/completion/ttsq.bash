# ttsq completion for bash: all that is offered comes from `ttsq __complete`, so it fits the program.
_ttsq() {
    local words=() word glued= i cur cut= kind= line
    # bash cuts words at '=' and ':'; put them together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        [[ $i == "$COMP_CWORD" && -z $word && ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && glued=
        if [[ ${#words[@]} -gt 0 && ( -n $glued || $word == [=:]* ) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == *[=:] ]] && glued=1 || glued=
    done
    local quoted=
    [[ ${words[-1]} == [\'\"]* ]] && quoted=1
    for i in "${!words[@]}"; do
        case ${words[i]} in
        \'*) words[i]=${words[i]//\'/} ;;
        \"*) words[i]=${words[i]//\"/} ;;
        *) words[i]=${words[i]//\\/} ;;
        esac
    done
    cur=${words[-1]}
    # What bash takes for the word is what comes after the last of its word breaks.
    [[ -z $quoted && $COMP_WORDBREAKS == *=* && $cur == *=* ]] && cut=${cur%"${cur##*=}"}
    [[ -z $quoted && $COMP_WORDBREAKS == *:* && ${cur#"$cut"} == *:* ]] && cut=${cur%"${cur##*:}"}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        word=${line%%$'\t'*}
        [[ $word == "$cur"* ]] || continue
        word=${word#"$cut"}
        [[ -n $quoted ]] || printf -v word %q "$word"
        COMPREPLY+=("$word")
    done < <("${COMP_WORDS[0]/#\~\//$HOME/}" __complete "${words[@]}" 2>/dev/null)
    case $kind in
    :files) compopt -o default 2>/dev/null ;;
    :folders) compopt -o dirnames 2>/dev/null ;;
    esac
}
complete -F _ttsq ttsq
