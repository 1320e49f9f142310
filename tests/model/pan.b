	switch (t->back) {
	default: Uerror("bad return move");
	case  0: goto R999; /* nothing to undo */

		 /* PROC :init: */

	case 3: // STATE 1
		;
		((P5 *)_this)->k = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 5: // STATE 3
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 6: // STATE 4
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 7: // STATE 5
		;
		((P5 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 8: // STATE 11
		;
		((P5 *)_this)->k = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 10: // STATE 13
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 11: // STATE 14
		;
		((P5 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 12: // STATE 20
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 13: // STATE 21
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 14: // STATE 23
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC auditor */

	case 15: // STATE 2
		;
		((P4 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 16: // STATE 5
		;
		((P4 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 17: // STATE 11
		;
		((P4 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 18: // STATE 14
		;
		((P4 *)_this)->k = trpt->bup.oval;
		;
		goto R999;

	case 19: // STATE 21
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC world */

	case 20: // STATE 3
		;
		((P3 *)_this)->w = trpt->bup.ovals[1];
		now.reboots = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 22: // STATE 7
		;
		now.reaped[ Index(((P3 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.alive[ Index(((P3 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 23: // STATE 16
		;
		((P3 *)_this)->w = trpt->bup.ovals[1];
		now.marks_lost[ Index(((P3 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 24: // STATE 16
		;
		((P3 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 25: // STATE 22
		;
		((P3 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 26: // STATE 26
		;
		now.cap[0] = trpt->bup.ovals[1];
		now.lowerings = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 27: // STATE 31
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC deadline */

	case 28: // STATE 3
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[1];
		now.open_calls[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 29: // STATE 9
		;
		now.lapsed[ Index(now.lease[ Index(((P2 *)_this)->s, 2) ], 2) ] = trpt->bup.ovals[3];
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[2];
		now.open_calls[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[1];
		now.lapses = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 30: // STATE 13
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[1];
		now.lease[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		;
		;
		
	case 33: // STATE 18
		;
		now.uncertain[0] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 35: // STATE 22
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 36: // STATE 27
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 37: // STATE 34
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 39: // STATE 44
		;
		now.uncertain[1] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 41: // STATE 69
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[4];
		now.lease[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[3];
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 42: // STATE 69
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[4];
		now.lease[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[3];
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 43: // STATE 69
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[4];
		now.lease[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[3];
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 44: // STATE 69
		;
		now.ended[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[1];
		now.lease[ Index(((P2 *)_this)->s, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 45: // STATE 74
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC reaper */

	case 46: // STATE 4
		;
		((P1 *)_this)->calls_open = trpt->bup.ovals[2];
		((P1 *)_this)->calls_open = trpt->bup.ovals[1];
		((P1 *)_this)->calls_open = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 47: // STATE 6
		;
		now.lease[0] = trpt->bup.oval;
		;
		goto R999;

	case 48: // STATE 9
		;
		now.ended[0] = trpt->bup.ovals[1];
		now.lease[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 49: // STATE 14
		;
		now.lease[1] = trpt->bup.ovals[1];
	/* 0 */	((P1 *)_this)->calls_open = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 50: // STATE 17
		;
		now.ended[1] = trpt->bup.ovals[2];
		now.lease[1] = trpt->bup.ovals[1];
	/* 0 */	((P1 *)_this)->calls_open = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 52: // STATE 23
		;
		now.uncertain[0] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 54: // STATE 27
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 55: // STATE 32
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 56: // STATE 39
		;
		now.job[0] = trpt->bup.ovals[2];
		now.mark[0] = trpt->bup.ovals[1];
		now.owner[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 58: // STATE 49
		;
		now.uncertain[1] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 60: // STATE 53
		;
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 61: // STATE 58
		;
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 62: // STATE 65
		;
		now.job[1] = trpt->bup.ovals[2];
		now.mark[1] = trpt->bup.ovals[1];
		now.owner[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 63: // STATE 83
		;
		now.reaped[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[9];
		((P1 *)_this)->calls_open = trpt->bup.ovals[8];
		now.cap_seen[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[7];
		now.lapsed[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[6];
		now.staged_n[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.staged[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current_n[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.current[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.slot[ Index(((P1 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 10);
		goto R999;

	case 64: // STATE 88
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC worker */

	case 65: // STATE 5
		;
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.ended[0] = trpt->bup.ovals[1];
		now.lease[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 66: // STATE 6
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 67: // STATE 8
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 68: // STATE 22
		;
		((P0 *)_this)->j = trpt->bup.ovals[6];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[3];
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[2];
		now.owner[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[1];
		now.job[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 7);
		goto R999;

	case 69: // STATE 28
		;
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.ended[1] = trpt->bup.ovals[1];
		now.lease[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 70: // STATE 29
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 71: // STATE 31
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 72: // STATE 45
		;
		((P0 *)_this)->j = trpt->bup.ovals[6];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[3];
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[2];
		now.owner[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[1];
		now.job[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 7);
		goto R999;
;
		;
		
	case 74: // STATE 48
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 75: // STATE 50
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;

	case 76: // STATE 65
		;
		((P0 *)_this)->j = trpt->bup.ovals[7];
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[6];
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[3];
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[2];
		now.owner[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[1];
		now.job[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 8);
		goto R999;

	case 77: // STATE 71
		;
		now.sends[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[3];
		now.open_calls[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 78: // STATE 77
		;
		now.total = trpt->bup.ovals[2];
		now.total = trpt->bup.ovals[1];
		now.total = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 79: // STATE 83
		;
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.open_calls[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 80: // STATE 86
		;
		((P0 *)_this)->j = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 82: // STATE 103
		;
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[8];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[7];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[6];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		((P0 *)_this)->j = trpt->bup.ovals[3];
		now.job[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[2];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[1];
		now.owner[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 9);
		goto R999;

	case 83: // STATE 103
		;
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[6];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		((P0 *)_this)->j = trpt->bup.ovals[1];
		now.job[ Index(((P0 *)_this)->j, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 7);
		goto R999;

	case 84: // STATE 94
		;
	/* 0 */	((P0 *)_this)->j = trpt->bup.oval;
		;
		;
		goto R999;

	case 85: // STATE 103
		;
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		((P0 *)_this)->j = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 6);
		goto R999;

	case 86: // STATE 103
		;
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		((P0 *)_this)->j = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 6);
		goto R999;
;
		;
		
	case 88: // STATE 113
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.ended[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[1];
		now.lease[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 89: // STATE 113
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 90: // STATE 149
		goto R999;
;
		;
		
	case 92: // STATE 116
		;
		now.uncertain[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 94: // STATE 138
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[2];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[1];
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 95: // STATE 138
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[2];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[1];
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 96: // STATE 138
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[2];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[1];
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 97: // STATE 138
		;
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 98: // STATE 145
		;
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.ended[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[1];
		now.lease[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 99: // STATE 145
		;
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 100: // STATE 153
		;
		now.reaped[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.alive[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 101: // STATE 158
		;
		now.reaped[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.alive[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.kills = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 103: // STATE 171
		;
		now.alive[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[9];
		now.marks_lost[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[8];
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[7];
		now.lapsed[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[6];
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[5];
		now.staged[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[4];
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[3];
		now.current[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[1];
		now.slot[ Index(((P0 *)_this)->w, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 10);
		goto R999;

	case 104: // STATE 176
		;
		p_restor(II);
		;
		;
		goto R999;
	}

